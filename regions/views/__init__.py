"""Pages of the actors, one module per concept."""
