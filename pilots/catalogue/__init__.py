"""Programmes, pilots, results, laws and news: what is tried, where, and what came of it."""
