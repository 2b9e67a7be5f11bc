"""Slices of quotas in the hands of devices."""
