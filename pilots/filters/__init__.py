"""Filters of the lists: one definition each for the page, what is downloaded, and the links with counts."""
