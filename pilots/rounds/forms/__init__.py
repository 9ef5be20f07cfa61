"""Forms of rounds and of their deadlines."""
