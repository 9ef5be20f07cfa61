"""Pages of rounds and of their deadlines."""
