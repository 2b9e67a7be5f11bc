"""To whom a tenant's invoices are addressed, and in which currency."""
