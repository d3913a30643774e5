"""Forty published DLT definitions, encoded, with cases that each must decide as its text does."""
