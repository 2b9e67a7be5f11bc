"""Which servicer answers for which service of the contracts."""
