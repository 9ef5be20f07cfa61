"""The lists of pilots, results and laws: filters, facets, orders and the columns of their files."""
