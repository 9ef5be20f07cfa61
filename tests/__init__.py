"""The checks, mirroring the tree."""
