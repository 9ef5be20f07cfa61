"""What a proposal asks, and what counts as an answer."""
