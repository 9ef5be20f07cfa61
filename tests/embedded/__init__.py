"""Tests of the servers behind `make run` and `make test`, with real processes."""
