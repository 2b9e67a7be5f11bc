"""A small object detector of the project's own, trained on scenes that it renders itself."""
