"""Imports as a whole: files in, records and verdicts out."""
