"""Settings of a source system that change have its rows assembled anew by themselves."""

import json
from typing import Any

import pytest

from app.domain.record.documents import Document
from app.domain.record.origin import OPERATOR, Reason, Source
from app.domain.source_system import SourceSystem
from app.store.jobs import StoredJob, jobs_of_kind
from app.use_cases import assembly_jobs
from app.use_cases.assembly_jobs import KIND, put_settings, submit_assembly
from app.use_cases.jobs import cancel
from app.use_cases.records import Precondition, Sent, void
from app.use_cases.replay import differences
from tests.imports.files import AE, ALL, DM, EX, HOW
from tests.imports.http import SYSTEM as PATH
from tests.imports.http import Sending
from tests.imports.service import STUDY, SYSTEM, Importing
from tests.record.service import of_study

FATIGUE = f"{SYSTEM}:S-01|AE|A2"
OTHER = {**HOW, "causality": {"possible": "unrelated"}}
"""By these the fatigue is no DLT."""


@pytest.fixture
def filled(importing: Importing) -> Importing:
    """Two patients with events."""
    return fill(importing)


@pytest.fixture
def filled_on_sqlite(on_sqlite: Importing) -> Importing:
    return fill(on_sqlite)


def fill(importing: Importing) -> Importing:
    importing.system(**HOW)
    for content in ALL:
        importing.sent(content)
    importing.later()
    return importing


def put(
    importing: Importing, *, assemble: bool = True, source: Source | None = None, **how: Any
) -> str | None:
    """Put settings: the job that assembles by them."""
    document = Document(subject=None, content=SourceSystem(**how))
    sent = Sent(kind="source_system", key=SYSTEM, document=document, source=source)
    _, job = importing.writer.run(
        lambda unit: put_settings(unit, OPERATOR, STUDY, sent, Precondition(), assemble=assemble)
    )
    return None if job is None else job.id


def assemblies(importing: Importing) -> list[StoredJob]:
    with importing.database.reading() as connection:
        return jobs_of_kind(connection, STUDY, KIND)


def work(importing: Importing, job: StoredJob) -> StoredJob:
    for _ in importing.steps(job):
        pass
    return importing.job(job)


def test_other_settings_ask_for_the_job_that_makes_records_by_them(filled: Importing) -> None:
    asked = put(filled, **OTHER)
    (job,) = assemblies(filled)
    assert (job.id, job.state) == (asked, "queued")
    assert json.loads(job.parameters)["settings"]["version"] == 2
    assert filled.verdicts("S-01")[FATIGUE] == "UNDETERMINED"
    assert work(filled, job).state == "succeeded"
    assert filled.verdicts("S-01")[FATIGUE] == "NOT_DLT"
    with filled.database.reading() as connection:
        assert list(differences(connection)) == []


def test_there_is_no_job_where_there_is_nothing_to_do(on_sqlite: Importing) -> None:
    assert put(on_sqlite, **HOW) is None  # no row came yet
    assert put(on_sqlite, **OTHER) is None
    fill(on_sqlite)
    assert put(on_sqlite, **HOW) is None  # they stand
    assert put(on_sqlite, assemble=False, **OTHER) is None
    assert assemblies(on_sqlite) == []


def test_late_settings_that_do_not_hold_ask_for_none(filled_on_sqlite: Importing) -> None:
    assert put(filled_on_sqlite, source=Source(sequence=2), **OTHER) is not None
    assert put(filled_on_sqlite, source=Source(sequence=1), **HOW) is None
    assert len(assemblies(filled_on_sqlite)) == 1


def test_a_job_that_waits_does_what_changes_meanwhile(filled: Importing) -> None:
    first = put(filled, **OTHER)
    assert put(filled, **{**OTHER, "name": "Rave"}) == first
    again, receipt = filled.writer.run(lambda unit: submit_assembly(unit, OPERATOR, STUDY, SYSTEM))
    assert (again.id, receipt) == (first, None)
    (job,) = assemblies(filled)
    work(filled, job)
    assert filled.verdicts("S-01")[FATIGUE] == "NOT_DLT"
    assert put(filled, **HOW) not in {None, first}


def test_one_that_has_begun_is_followed_by_another(
    filled: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.use_cases.reassembling.CHUNK", 1)
    put(filled, **OTHER)
    (job,) = assemblies(filled)
    steps = filled.steps(job)
    next(steps)  # S-01 is assembled
    put(filled, **HOW)
    assert [each.state for each in assemblies(filled)] == ["running", "queued"]
    assert list(steps)[-1].state == "succeeded"
    assert filled.verdicts("S-01")[FATIGUE] == "NOT_DLT"
    work(filled, assemblies(filled)[1])
    assert filled.verdicts("S-01")[FATIGUE] == "UNDETERMINED"


def test_a_job_that_was_cancelled_waits_no_more(filled_on_sqlite: Importing) -> None:
    first = put(filled_on_sqlite, **OTHER)
    filled_on_sqlite.writer.run(lambda unit: cancel(unit, OPERATOR, first or ""))
    assert put(filled_on_sqlite, **HOW) not in {None, first}


def test_a_job_of_another_system_is_another(filled_on_sqlite: Importing) -> None:
    filled_on_sqlite.system("other", **HOW)
    filled_on_sqlite.sent(AE, system="other")
    other, _ = filled_on_sqlite.writer.run(
        lambda unit: submit_assembly(unit, OPERATOR, STUDY, "other")
    )
    assert put(filled_on_sqlite, **OTHER) not in {None, other.id}


def test_settings_and_job_are_kept_together_or_not_at_all(
    filled: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(assembly_jobs, "submit", broken)
        with pytest.raises(ZeroDivisionError):
            put(filled, **OTHER)
    assert filled.held("source_system")[SYSTEM].version == 1
    assert put(filled, **OTHER) is not None
    assert filled.held("source_system")[SYSTEM].version == 2


NAMED = {**HOW, "subjects": {"S-01": "P-01", "S-02": "P-02"}}
"""By these the patients have other names."""


def under_way(importing: Importing) -> Any:
    """An import by the settings that hold now, of which no row was read yet."""
    importing.system(**HOW)
    for content in (DM, EX):
        importing.sent(content)
    steps = importing.steps(importing.asked(AE))
    next(steps)
    return steps


def names(importing: Importing) -> set[str]:
    """Of whom the events are."""
    return {str(each.subject) for each in importing.held("adverse_event").values()}


def test_an_import_that_the_job_overtook_asks_for_another(importing: Importing) -> None:
    """Its rows come by the old settings, behind the job that would have brought them over."""
    steps = under_way(importing)
    put(importing, **NAMED)
    (job,) = assemblies(importing)
    assert work(importing, job).state == "succeeded"
    assert list(steps)[-1].state == "succeeded"
    assert names(importing) == {"S-01", "S-02"}
    _, other = assemblies(importing)
    assert other.state == "queued"
    assert work(importing, other).state == "succeeded"
    assert names(importing) == {"P-01", "P-02"}
    with importing.database.reading() as connection:
        assert list(differences(connection)) == []


def test_an_import_that_a_job_asked_for_before_it_overtook_asks_for_another(
    importing: Importing,
) -> None:
    """What waited does the settings that change meanwhile, and passes by patients all the same."""
    importing.system(**HOW)
    for content in (DM, EX):
        importing.sent(content)
    waiting = put(importing, **{**HOW, "name": "Rave"})
    steps = importing.steps(importing.asked(AE))
    next(steps)
    assert put(importing, **NAMED) == waiting
    importing.later(1)
    (job,) = assemblies(importing)
    assert work(importing, job).state == "succeeded"
    assert list(steps)[-1].state == "succeeded"
    assert names(importing) == {"S-01", "S-02"}
    _, other = assemblies(importing)
    assert work(importing, other).state == "succeeded"
    assert names(importing) == {"P-01", "P-02"}


def test_a_job_that_was_over_before_the_import_does_not_count(on_sqlite: Importing) -> None:
    on_sqlite.system(**HOW)
    on_sqlite.sent(DM)
    put(on_sqlite, **{**HOW, "name": "Rave"})
    (job,) = assemblies(on_sqlite)
    work(on_sqlite, job)
    on_sqlite.later()
    steps = on_sqlite.steps(on_sqlite.asked(AE))
    next(steps)
    put(on_sqlite, assemble=False, **NAMED)
    assert list(steps)[-1].state == "succeeded"
    assert assemblies(on_sqlite) == [on_sqlite.job(job)]


def test_an_import_before_the_job_asks_for_none(on_sqlite: Importing) -> None:
    steps = under_way(on_sqlite)
    put(on_sqlite, **NAMED)
    assert list(steps)[-1].state == "succeeded"
    (job,) = assemblies(on_sqlite)
    work(on_sqlite, job)
    assert names(on_sqlite) == {"P-01", "P-02"}


def test_an_import_asks_for_none_where_nobody_did(on_sqlite: Importing) -> None:
    on_sqlite.system("other", **HOW)
    steps = under_way(on_sqlite)
    put(on_sqlite, assemble=False, **NAMED)
    on_sqlite.writer.run(lambda unit: submit_assembly(unit, OPERATOR, STUDY, "other"))
    assert list(steps)[-1].state == "succeeded"
    assert len(assemblies(on_sqlite)) == 1


def test_an_import_whose_system_is_void_by_then_asks_for_none(on_sqlite: Importing) -> None:
    steps = under_way(on_sqlite)
    reason = Reason(code="WRONG")
    on_sqlite.writer.run(
        lambda unit: void(unit, OPERATOR, STUDY, "source_system", SYSTEM, reason, Precondition())
    )
    assert list(steps)[-1].state == "succeeded"
    assert assemblies(on_sqlite) == []


@pytest.mark.anyio
async def test_the_answer_names_the_job(sending: Sending) -> None:
    await sending.begin()
    for each in ALL:
        await sending.sent(each)
    answer = await sending.service.done("PUT", PATH, {**OTHER, "reason": {"code": "MAPPING"}})
    assert answer["result"] == "updated"
    job = await sending.job(answer["assembling"])
    assert (job["kind"], job["state"]) == ("assembly", "queued")
    again = await sending.service.send("POST", f"{PATH}:assemble")
    assert (again.status_code, again.json()["id"]) == (200, job["id"])
    assert again.json()["audit"] is None
    assert sending.work() == 1
    assert (await sending.job(job["id"]))["state"] == "succeeded"
    same = await sending.service.done("PUT", PATH, OTHER)
    assert (same["result"], same["assembling"]) == ("unchanged", None)


@pytest.mark.anyio
async def test_settings_of_a_system_without_rows_ask_for_no_job(sending: Sending) -> None:
    await sending.begin()
    answer = await sending.service.done("PUT", of_study("source-systems/rave"), {})
    assert (answer["result"], answer["assembling"]) == ("created", None)
    assert sending.work() == 0


def test_settings_that_are_void_by_then_fail_the_job_with_the_way_out(
    filled_on_sqlite: Importing,
) -> None:
    put(filled_on_sqlite, **OTHER)
    (job,) = assemblies(filled_on_sqlite)
    reason = Reason(code="DUPLICATE", text="twice")
    filled_on_sqlite.writer.run(
        lambda unit: void(unit, OPERATOR, STUDY, "source_system", SYSTEM, reason, Precondition())
    )
    done = work(filled_on_sqlite, job)
    problem = json.loads(done.problem or "")
    assert (done.state, problem["code"]) == ("failed", "unknown_source_system")
    assert f"PUT /v1/studies/{STUDY}/source-systems/{SYSTEM}" in problem["detail"]
