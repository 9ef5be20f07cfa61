"""The floor: imports Django, never our own apps; one noun per module."""
