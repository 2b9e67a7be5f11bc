"""What a tenant holds of each family of plans, and what it comes to."""
