"""What was used on this node: open minutes, the journal and its totals."""
