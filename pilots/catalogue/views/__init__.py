"""Pages of programmes, pilots and news."""
