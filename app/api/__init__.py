"""The HTTP edge: routes, wire schemas and the one table from errors to problems."""
