"""Shared by all tests: databases, and how long hypothesis looks for a counterexample."""

import gc
import os
from collections.abc import Iterator

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
    for item in items:
        folder = item.path.relative_to(config.rootpath / "tests").parts[0]
        law = isinstance(item, pytest.Function) and is_hypothesis_test(item.function)
        if folder not in COUNTED:
            item.add_marker("untraced")
        elif law:
            item.add_marker("no_cover")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Nothing of an untraced test is traced, what prepares it neither: that is most of it."""
    cov = Coverage.current() if item.get_closest_marker("untraced") else None
    if cov is None:
        return (yield)
    cov.stop()
    try:
        return (yield)
    finally:
        if Coverage.current() is None:
            cov.start()


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was imported stays. Looking through it for garbage took a sixth of all time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
