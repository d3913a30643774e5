"""Grading of measurements by the numeric criteria of a dictionary."""
