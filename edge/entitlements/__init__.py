"""How much of each quota this node may still use, with or without a network."""
