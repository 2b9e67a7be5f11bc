"""What of a tenant's signed licences holds no longer."""
