"""Where each tenant's billing stands: what is closed, and how often it was."""
