"""Tests of what the record keeps."""
