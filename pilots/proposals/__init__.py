"""A proposal, from draft to decision."""
