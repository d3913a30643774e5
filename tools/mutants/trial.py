"""One run of test files in a process of its own, with a changed module or to see what they run.

The process is forked from one that has loaded the libraries but nothing of `app`, so that a
changed module is loaded as any other: also what it does while it is imported is changed.
"""

import ast
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from time import process_time
from types import CodeType
from typing import Any, Final, cast

import pytest

EXAMPLES: Final = 15
_MEMORY: Final = 6 << 30
_COLLECTING: Final = 120.0
_TIMED_OUT: Final = 3
_OPTIONS: Final = (
    "-x", "-q", "-s", "--noconftest", "--assert=plain", "--tb=no", "-o", "addopts=",
    "-m", "not slow", "-p", "no:cacheprovider", "-p", "no:terminalreporter",
)  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Report:
    """What a run came to. Seconds are of the processor, per test; lines per file, if traced."""

    failed: str | None = None
    timed_out: str | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    loading: dict[str, float] = field(default_factory=dict)
    lines: dict[str, list[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A module and the tree that stands in its place."""

    name: str
    path: Path
    tree: ast.Module


def run(
    batches: Sequence[Sequence[str]],
    *,
    changed: Changed | None = None,
    known: Mapping[str, float] | None = None,
    traced: Sequence[Path] = (),
) -> Report:
    """Run batches of test files until a test fails; each test has ten times its known seconds."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _in_child(writing, batches, changed, known or {}, traced)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = [json.loads(line) for line in pipe]
    os.waitpid(child, 0)
    if told and "report" in told[-1]:
        return Report(**told[-1]["report"])
    begun = [each["begun"] for each in told if "begun" in each]
    return Report(timed_out=begun[-1] if begun else "(collecting)")


def _in_child(
    writing: int,
    batches: Sequence[Sequence[str]],
    changed: Changed | None,
    known: Mapping[str, float],
    traced: Sequence[Path],
) -> None:
    status = 1
    with suppress(BaseException):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        report = Report()
        if changed is not None:
            sys.meta_path.insert(0, _Finder(changed))
        _traced(traced, report, lambda: _batches(batches, report, known, writing))
        _tell(writing, {"report": asdict(report)})
        status = 0
    os._exit(status)


def _batches(
    batches: Sequence[Sequence[str]], report: Report, known: Mapping[str, float], writing: int
) -> None:
    for batch in batches:
        signal.signal(signal.SIGVTALRM, lambda *_: os._exit(_TIMED_OUT))
        signal.setitimer(signal.ITIMER_VIRTUAL, _COLLECTING)
        begun = process_time()
        plugin = _Plugin(report, known, writing)
        status = pytest.main([*_OPTIONS, *batch], plugins=[plugin])
        report.loading[batch[0]] = process_time() - begun
        if status not in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
            report.failed = report.failed or f"(collecting {' '.join(batch)})"
            return


def _traced(paths: Sequence[Path], report: Report, act: Callable[[], None]) -> None:
    if not paths:
        act()
        return
    from coverage import Coverage

    coverage = Coverage(data_file=None, include=[str(path) for path in paths], config_file=False)
    coverage.start()
    act()
    coverage.stop()
    data = coverage.get_data()
    for path in paths:
        report.lines[str(path)] = sorted(data.lines(str(path)) or ())


def _tell(writing: int, told: object) -> None:
    os.write(writing, json.dumps(told).encode() + b"\n")


class _Plugin:
    """Fastest tests first, few examples and no shrinking, a limit of time for each."""

    def __init__(self, report: Report, known: Mapping[str, float], writing: int) -> None:
        self._report = report
        self._known = known
        self._writing = writing

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            _fewer_examples(item)
        items.sort(key=lambda item: self._known.get(item.nodeid, 0.0))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        _tell(self._writing, {"begun": item.nodeid})
        limit = 20 + 10 * self._known.get(item.nodeid, 10.0)
        signal.setitimer(signal.ITIMER_VIRTUAL, limit)
        begun = process_time()
        done = yield
        self._report.seconds[item.nodeid] = process_time() - begun
        return done

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and self._report.failed is None:
            self._report.failed = report.nodeid


def _fewer_examples(item: pytest.Item) -> None:
    from hypothesis import HealthCheck, Phase, settings

    test = getattr(item, "function", None)
    stated: settings | None = getattr(test, "_hypothesis_internal_use_settings", None)
    if test is None or not hasattr(test, "hypothesis"):
        return
    given = stated or settings()
    cast(Any, test)._hypothesis_internal_use_settings = settings(
        given,
        max_examples=min(given.max_examples, EXAMPLES),
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
        deadline=None,
    )


class _Loader(SourceFileLoader):
    def __init__(self, changed: Changed) -> None:
        super().__init__(changed.name, str(changed.path))
        self._tree = changed.tree

    def get_code(  # type: ignore[explicit-override]
        self,
        fullname: str,  # noqa: ARG002 - as the protocol has it
    ) -> CodeType:
        return compile(self._tree, self.path, "exec")


class _Finder(MetaPathFinder):
    def __init__(self, changed: Changed) -> None:
        self._changed = changed

    def find_spec(  # type: ignore[explicit-override]
        self,
        fullname: str,
        path: object,  # noqa: ARG002 - as the protocol has it
        target: object = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        if fullname != self._changed.name:
            return None
        loader = _Loader(self._changed)
        place = self._changed.path
        folder = [str(place.parent)] if place.name == "__init__.py" else None
        return spec_from_file_location(
            fullname, place, loader=loader, submodule_search_locations=folder
        )
