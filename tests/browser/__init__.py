"""Checks in a real browser: what people see, hear and do."""
