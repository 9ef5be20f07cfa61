"""The few filters and tags of the pages."""
