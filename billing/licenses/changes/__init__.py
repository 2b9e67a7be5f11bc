"""The log of changes of a tenant's rights, and those who follow it."""
