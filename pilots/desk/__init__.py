"""The ministry's start page, and what spans the other rooms."""
