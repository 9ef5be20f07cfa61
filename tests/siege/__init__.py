"""Loads that stand for the worst hours of a deadline day, with real processes: ``make siege``."""
