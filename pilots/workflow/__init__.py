"""The only place that changes a state: checks, writes, records, posts letters, in one transaction."""
