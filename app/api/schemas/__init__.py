"""Wire models, only where the wire differs from the domain."""
