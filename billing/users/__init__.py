"""People of a tenant and their sessions."""
