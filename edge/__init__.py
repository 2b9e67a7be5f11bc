"""The edge node: frames in, events and counted usage out, with or without a network."""
