"""Shared by all tests: databases, and how long hypothesis looks for a counterexample."""

import os

from hypothesis import settings

pytest_plugins = ("tests.store.databases",)

# A gate answers the same twice, so CI draws the same examples; everybody else explores.
settings.register_profile("fast", deadline=None, derandomize="CI" in os.environ)
settings.register_profile("nightly", deadline=None, max_examples=5_000, print_blob=True)
settings.load_profile("fast")
