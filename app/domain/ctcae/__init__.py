"""CTCAE terms: codes, organ classes, the grades that exist, and lookup with suggestions."""
