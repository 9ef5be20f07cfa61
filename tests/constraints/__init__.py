"""Every rule that the database keeps, broken once."""
