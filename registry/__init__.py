"""The site: wiring, and what spans both apps."""
