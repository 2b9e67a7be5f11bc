"""What was used: taken in, each event once, summed, and answered."""
