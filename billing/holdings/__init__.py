"""What a tenant held of paid plans and items, day by day."""
