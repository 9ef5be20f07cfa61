"""The servers behind `make run` and `make test`: a real PostgreSQL, a real Valkey, a mail catcher. Linux only."""
