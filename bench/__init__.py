"""The figures that the project claims, each measured again by one command."""
