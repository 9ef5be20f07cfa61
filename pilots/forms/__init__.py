"""Forms of the acts, one module per concept."""
