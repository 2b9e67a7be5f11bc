"""What forked journals sent, and what a person decides about it."""
