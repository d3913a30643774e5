"""A dry run writes no verdict, and is made real only of the record that it was of."""

import re

import pytest

from app.use_cases import readjudications
from app.use_cases.errors import DataMoved, NotApplicable
from app.use_cases.sweep import sweep
from tests.readjudications.alone import judged_alone, standing
from tests.readjudications.moves import MOVES, holds
from tests.readjudications.service import WHY, Rejudging
from tests.readjudications.test_changes import sizes, without_ids


def test_a_dry_run_writes_nothing_but_what_would_come_out(rejudging: Rejudging) -> None:
    rows, held = sizes(rejudging), rejudging.standing()
    dry = rejudging.run(protocol_version="2")
    assert rejudging.changes(dry).keys() == {"S-01", "S-03", "S-04", "S-05"}
    assert {each["adjudication"]["new"] for each in rejudging.changes(dry).values()} == {None}
    assert (sizes(rejudging), rejudging.standing()) == (rows, held)


def test_what_moved_since_is_named(rejudging: Rejudging) -> None:
    for move, words in MOVES.items():
        dry = rejudging.run(protocol_version="2")
        move(rejudging)
        rows = sizes(rejudging)
        with pytest.raises(DataMoved, match=re.escape(words)):
            rejudging.applied(dry)
        assert sizes(rejudging) == rows


def test_what_moves_no_verdict_is_no_move(rejudging: Rejudging) -> None:
    dry = rejudging.run(protocol_version="2")
    holds(rejudging)
    other = rejudging.run(readings={"R-CRS": "crs-limit-applies"})
    assert other.state == "succeeded"
    real = rejudging.done(rejudging.applied(dry))
    assert without_ids(rejudging.changes(real)) == without_ids(rejudging.changes(dry))
    with pytest.raises(DataMoved, match="protocol activation"):
        rejudging.applied(dry)


def test_time_that_passed_is_left_to_the_sweep(rejudging: Rejudging) -> None:
    """S-05 falls due by version 2 as well: what was looked at is kept, and is due then."""
    dry = rejudging.run(protocol_version="2")
    rejudging.later(8 * 24 * 3600)
    real = rejudging.done(rejudging.applied(dry))
    assert without_ids(rejudging.changes(real)) == without_ids(rejudging.changes(dry))
    assert rejudging.standing()["S-05"].status == "PENDING"
    assert sweep(rejudging.database, rejudging.writer, rejudging.now) == 1
    assert rejudging.standing()["S-05"].cause == "time"
    assert standing(rejudging) == judged_alone(rejudging, rejudging.now)


def test_another_version_of_the_service_judges_otherwise(
    rejudging: Rejudging, monkeypatch: pytest.MonkeyPatch
) -> None:
    dry = rejudging.run(protocol_version="2")
    monkeypatch.setattr(readjudications, "engine_version", lambda: "99.0")
    with pytest.raises(DataMoved, match=re.escape("version 99.0 of the service judges, not")):
        rejudging.applied(dry)


def test_only_a_dry_run_that_is_done_is_made_real(rejudging: Rejudging) -> None:
    with pytest.raises(NotApplicable, match="it is queued"):
        rejudging.applied(rejudging.asked(protocol_version="2").job)
    with pytest.raises(NotApplicable, match="it was no dry run"):
        rejudging.applied(rejudging.run(dry_run=False, reason=WHY))
