"""The cameras that hold the slots of a licence."""
