"""Tests of grading by numbers."""
