"""Where people of a tenant are reached."""
