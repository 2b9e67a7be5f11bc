"""What the cameras saw, kept on the node."""
