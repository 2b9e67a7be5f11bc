"""Heartbeats, commands and the view of the fleet."""
