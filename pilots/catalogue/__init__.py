"""Programmes, pilots and news: what is tried, and where."""
