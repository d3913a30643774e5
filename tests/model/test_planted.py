"""The model can fail: each defect that is planted in the service is found."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import text

from app.api import writing
from app.api.routes import batch
from app.store.records import Records
from app.use_cases import records, sweep
from tests.model.checks import Count
from tests.model.test_model import file_of, run

pytestmark = pytest.mark.slow

MACHINES, STEPS = 300, 40
Patch = pytest.MonkeyPatch


def late_ones_apply(patch: Patch) -> None:
    """What a source sent late replaces what it sent since."""
    patch.setattr(records, "is_late", lambda source, before: False)


def nobody_looks_at_if_match(patch: Patch) -> None:
    """A write is done whatever the client has seen."""
    patch.setattr(records.Precondition, "check", lambda self, holding: None)


def the_pointer_is_one_behind(patch: Patch) -> None:
    """A third version and those after it do not become current."""
    append = Records.append

    def behind(self: Records, stored: Any, *more: Any) -> None:
        append(self, stored, *more)
        if self.kind == "adverse_event" and stored.version > 2:
            behind_by_one = "UPDATE adverse_events SET current = current - 1 WHERE key = :key"
            self.connection.execute(text(behind_by_one), {"key": stored.key})

    patch.setattr(Records, "append", behind)


def lists_of_the_past_show_the_present(patch: Patch) -> None:
    """`as_of` is taken and forgotten."""

    def page_at(self: Records, known_at: Any, **more: Any) -> Any:
        return self.page(**more)

    patch.setattr(Records, "page_at", page_at)


def whom_an_event_left_is_not_judged(patch: Patch) -> None:
    """An event that moves to another patient leaves the verdicts of the first as they were."""
    write = records._write

    def one_patient(unit: Any, origin: Any, draft: Any) -> Any:
        done = write(unit, origin, draft)
        subject = done.holds.subject
        return replace(done, affected=frozenset(done.affected & {subject}))

    patch.setattr(records, "_write", one_patient)


def keys_are_forgotten(patch: Patch) -> None:
    """A request that is repeated is done once more."""
    patch.setattr(writing, "kept_answer", lambda connection, actor, key: None)
    patch.setattr(writing, "keep_answer", lambda *what: None)


def a_trial_is_kept(patch: Patch) -> None:
    """A dry run is none."""
    patch.setattr(batch, "tried", lambda work: work)


def time_changes_nothing(patch: Patch) -> None:
    """The sweep looks at patients and writes nothing."""
    patch.setattr(sweep, "keep", lambda *what: None)


def the_trail_says_nothing_of_changes(patch: Patch) -> None:
    """Events are there, without what changed."""
    patch.setattr(records, "changes", lambda old, new: [])


PLANTED: Final[tuple[Callable[[Patch], None], ...]] = (
    late_ones_apply,
    nobody_looks_at_if_match,
    the_pointer_is_one_behind,
    lists_of_the_past_show_the_present,
    whom_an_event_left_is_not_judged,
    keys_are_forgotten,
    a_trial_is_kept,
    time_changes_nothing,
    the_trail_says_nothing_of_changes,
)


@pytest.mark.parametrize("plant", PLANTED, ids=lambda each: each.__name__)
def test_a_defect_is_found(
    sqlite_template: Path, monkeypatch: Patch, plant: Callable[[Patch], None]
) -> None:
    plant(monkeypatch)
    count = Count()
    with pytest.raises(AssertionError):
        run(lambda: file_of(sqlite_template), count, MACHINES, STEPS, shrink=False)
    assert count.machines < MACHINES
