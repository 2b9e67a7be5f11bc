"""What turns proto/ into gen/ and proves that gen/ is fresh."""
