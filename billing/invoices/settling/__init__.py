"""What is paid of an invoice, and what is given back."""
