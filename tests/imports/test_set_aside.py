"""A defect that one patient meets: the others go on, and that one is tried again."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from app.interchange.assemble import assemble as assemble_rows
from app.interchange.made import HeldRow
from app.use_cases import assembling, set_aside
from app.use_cases.ingest import judged_together as judge_together
from app.use_cases.replay import differences
from tests.imports.files import AE, DM, EX, HOW
from tests.imports.service import Importing, assert_reckoned, counts
from tests.imports.test_identified_anew import assembled, standing


def broken_for(patch: pytest.MonkeyPatch, *subjects: str) -> None:
    """Rows of these patients cannot be assembled."""
    real = assemble_rows

    def assemble(rows: Sequence[HeldRow], *rest: Any) -> Any:
        if any(row.subject in subjects for row in rows):
            raise ZeroDivisionError
        return real(rows, *rest)

    patch.setattr(assembling, "assemble", assemble)


def unjudgeable(patch: pytest.MonkeyPatch, *subjects: str) -> None:
    """Nothing of these patients can be judged."""
    real = judge_together

    def judged_together(unit: Any, origin: Any, study: str, written: Sequence[Any]) -> Any:
        if any(each.holds.subject in subjects for each in written):
            raise ZeroDivisionError
        return real(unit, origin, study, written)

    patch.setattr(set_aside, "judged_together", judged_together)


@pytest.mark.parametrize("breaks", [broken_for, unjudgeable])
def test_one_patient_is_set_aside_and_the_others_go_on(
    importing: Importing,
    breaks: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    importing.system(**HOW)
    importing.sent(DM)
    with pytest.MonkeyPatch.context() as patch, caplog.at_level(logging.ERROR, "uvicorn.error"):
        breaks(patch, "S-01")
        job = importing.sent(AE)
        assert_reckoned(job)
        importing.sent(EX)
    assert (counts(job)["accepted"], counts(job)["set_aside"]) == (4, 1)
    assert counts(job)["findings"] == {"assembly_failed": 1}
    (line,) = importing.rejected(job)
    assert line["set_aside"]["subject"] == "S-01"
    assert f"defect {line['set_aside']['defect']}" in caplog.text
    assert "S-01" not in caplog.text.split("Traceback")[0]
    assert {key.split("|")[0] for key in importing.held("adverse_event")} == {"edc:S-02"}
    again = assembled(importing)
    assert "set_aside" not in counts(again)
    assert len(importing.held("adverse_event")) == 4
    assert set(importing.verdicts("S-01").values()) == {"NOT_DLT", "UNDETERMINED"}
    with importing.database.reading() as connection:
        assert list(differences(connection)) == []


def test_a_defect_that_remains_is_met_again_and_fails_nothing_else(on_sqlite: Importing) -> None:
    on_sqlite.system(**HOW)
    for content in (DM, EX, AE):
        on_sqlite.sent(content)
    before = standing(on_sqlite)
    with pytest.MonkeyPatch.context() as patch:
        broken_for(patch, "S-01")
        job = assembled(on_sqlite)
    assert (job.done, counts(job)["set_aside"]) == (2, 1)
    assert standing(on_sqlite) == before


def test_a_defect_of_everybody_is_none_of_single_patients(
    on_sqlite: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(set_aside, "_MOST", 1)
    on_sqlite.system(**HOW)
    with pytest.MonkeyPatch.context() as patch:
        broken_for(patch, "S-01", "S-02")
        assert on_sqlite.sent(AE).state == "failed"
    assert_reckoned(on_sqlite.sent(AE))
