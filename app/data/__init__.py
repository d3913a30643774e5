"""Packaged dictionaries and protocol documents, and the loader that reads them."""
