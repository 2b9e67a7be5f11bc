"""EdgeService: the API of the node itself."""
