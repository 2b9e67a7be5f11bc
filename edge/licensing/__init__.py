"""What may run on this node, with or without a network."""
