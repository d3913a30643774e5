"""Linting protocol documents: what a definition says without effect, or against itself."""
