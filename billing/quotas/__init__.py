"""What may still be used of each metric: reserved, committed, lent out."""
