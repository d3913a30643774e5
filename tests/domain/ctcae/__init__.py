"""Tests of the dictionary of terms."""
