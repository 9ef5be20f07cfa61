"""Pages of letters, of what people were told, and of addresses."""
