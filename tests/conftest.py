"""Shared by all tests: how long hypothesis looks for a counterexample."""

from hypothesis import settings

settings.register_profile("fast", deadline=None, max_examples=100)
settings.register_profile("nightly", deadline=None, max_examples=5_000, print_blob=True)
settings.load_profile("fast")
