"""From what was used and licensed to what it costs."""
