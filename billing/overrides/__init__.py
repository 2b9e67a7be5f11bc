"""What the vendor gives or takes beside a plan."""
