"""What a customer's installations tell of themselves."""
