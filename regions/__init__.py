"""The actors: areas, organisations, groups, people, accounts, sources."""
