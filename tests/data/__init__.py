"""Tests of the packaged dictionaries and protocols."""
