"""Shared by all tests: databases, and how long hypothesis looks for a counterexample."""

import gc
import os
import sys
from collections.abc import Generator
from typing import Final

import pytest
from coverage import Coverage
from hypothesis import is_hypothesis_test, settings

pytest_plugins = ("tests.store.databases",)

# A gate answers the same twice, so CI draws the same examples, and fewer than others, who explore:
# what is drawn again and again says no more the second time.
IN_CI = "CI" in os.environ
settings.register_profile(
    "fast", deadline=None, derandomize=IN_CI, max_examples=40 if IN_CI else 100
)
settings.register_profile("nightly", deadline=None, max_examples=5_000, print_blob=True)
settings.load_profile("fast")

TRACING: Final = pytest.StashKey[Coverage]()
COUNTED = ("data", "domain", "golden", "use_cases")
"""Where examples of the domain are: its own, and of what stands directly upon it."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The gate asks of the domain that examples reach every branch of it.

    What a request passes through by the way is not stated there, and what a law draws is luck;
    tracing both takes as long as running them. `--cov=app` asks for both, and gets them.
    """
    coverage = Coverage.current()
    if coverage is None or coverage.get_option("run:source") != ["app/domain"]:
        return
    config.stash[TRACING] = coverage
    for item in items:
        folder = item.path.relative_to(config.rootpath / "tests").parts[0]
        law = isinstance(item, pytest.Function) and is_hypothesis_test(item.function)
        if law or folder not in COUNTED:
            item.add_marker("no_cover")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """A test is traced from its beginning on, whatever ran before: Python takes away a tracer in
    which an error arises, as where a test exhausts the stack.
    """
    tracing = item.config.stash.get(TRACING, None)
    if tracing is not None and sys.gettrace() is None:
        tracing.stop()
        tracing.start()
    return (yield)


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was imported stays. Looking through it for garbage took a sixth of all time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
