"""Who granted, changed or was refused what: written with the act, sealed into a chain."""
