"""Adverse events of IC19's patients, drawn at random: as columns, and as ordinary case records."""
