"""A broken promise."""


class Breach(AssertionError):
    """A promise was broken."""
