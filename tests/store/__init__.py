"""Tests of the record and its databases."""
