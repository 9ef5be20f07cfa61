"""Proposal rounds: made, published, moved, extended, cancelled."""
