"""Jobs: a step at a time, cancelled, lost, taken over, gone on with; on both databases."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from app.clock import random_id
from app.domain.record.kinds import Site
from app.domain.record.origin import OPERATOR
from app.interchange.formats import Format, reader_of
from app.interchange.rows import Reader, ReadRow
from app.store.database import DatabaseUnavailable
from app.store.writer import T, Unit, Writer
from app.use_cases.errors import JobOver, UnknownJob, UnknownSystem
from app.use_cases.jobs import LEASE, cancel, release, take
from app.use_cases.replay import differences
from app.use_cases.working import work_on, work_on_next
from tests.imports.files import record_lines
from tests.imports.service import BEGAN, Importing, assert_reckoned, counts

LINES = record_lines(12, events=3)
"""60 rows: the reckoning, three steps, and the end."""


def standing(importing: Importing) -> Mapping[str, Any]:
    """What the record says, whenever and by which job it was written."""
    kinds = ("subject", "exposure", "adverse_event")
    held = {kind: importing.contents(kind) for kind in kinds}  # type: ignore[arg-type]
    subjects = held["subject"]
    return {**held, "verdicts": {each: importing.verdicts(each) for each in subjects}}


def test_every_row_of_a_file_is_reckoned_up(importing: Importing) -> None:
    job = importing.sent(LINES, "records-ndjson")
    assert_reckoned(job)
    assert counts(job) == {"rows": 60, "accepted": 60, "records": {"created": 60}}
    assert importing.verdicts("S-0000") == {
        "edc:S-0000.AE.0": "NOT_DLT", "edc:S-0000.AE.1": "NOT_DLT", "edc:S-0000.AE.2": "DLT",
    }  # fmt: skip


def test_the_same_file_is_the_same_import(on_sqlite: Importing) -> None:
    first = on_sqlite.sent(LINES, "records-ndjson")
    again = on_sqlite.sent(LINES, "records-ndjson")
    assert again == first


def test_the_same_rows_in_another_file_change_nothing(importing: Importing) -> None:
    importing.sent(LINES, "records-ndjson")
    before = standing(importing)
    importing.later()
    job = importing.sent(LINES + "\n", "records-ndjson")
    assert_reckoned(job)
    assert counts(job)["unchanged"] == 60
    assert counts(job)["records"] == {"unchanged": 60}
    assert standing(importing) == before


def test_rows_in_another_order_give_the_same_verdicts(on_sqlite: Importing) -> None:
    rows = LINES.splitlines(keepends=True)
    on_sqlite.sent("".join(reversed(rows)), "records-ndjson")
    backwards = standing(on_sqlite)
    assert len(backwards["adverse_event"]) == 36
    on_sqlite.later()
    job = on_sqlite.sent(LINES, "records-ndjson")
    assert counts(job)["unchanged"] == 60
    assert standing(on_sqlite) == backwards


def test_a_lost_worker_is_replaced_when_its_lease_has_run_out(importing: Importing) -> None:
    job = importing.asked(LINES, "records-ndjson")
    work = importing.steps(job)
    next(work)
    assert next(work).done == 20  # and is never heard of again
    other = replace(importing.place, worker="another")
    assert importing.writer.run(lambda unit: take(unit, "another")) is None
    importing.later(LEASE.total_seconds())
    assert importing.writer.run(lambda unit: take(unit, "another")) is None
    importing.later(1)
    *_, last = importing.steps(job, other)
    assert_reckoned(last)
    assert counts(last) == {"rows": 60, "accepted": 60, "records": {"created": 60}}
    assert list(work) == []  # the one that was lost finds that it has no job any more
    with importing.database.reading() as connection:
        assert list(differences(connection)) == []


def test_an_interrupted_import_gives_what_an_undisturbed_one_does(
    on_sqlite: Importing,
) -> None:
    job = on_sqlite.asked(LINES, "records-ndjson")
    for number in range(5):
        worker = replace(on_sqlite.place, worker=f"worker {number}")
        for _ in on_sqlite.steps(job, worker):
            break  # each does one step, and is lost
        on_sqlite.later(LEASE.total_seconds() + 1)
    assert on_sqlite.job(job).state == "succeeded"
    once = standing(on_sqlite)
    on_sqlite.sent(LINES + "\n", "records-ndjson")
    assert standing(on_sqlite) == once
    assert len(once["adverse_event"]) == 36


def test_a_worker_that_stops_lets_go(on_sqlite: Importing) -> None:
    job = on_sqlite.asked(LINES, "records-ndjson")
    assert work_on_next(on_sqlite.place, lambda: True)
    assert on_sqlite.job(job).state == "queued"
    assert work_on_next(replace(on_sqlite.place, worker="another"), lambda: False)
    assert_reckoned(on_sqlite.job(job))
    assert not work_on_next(on_sqlite.place, lambda: False)


def test_only_who_holds_a_job_lets_go_of_it(on_sqlite: Importing) -> None:
    job = on_sqlite.asked(LINES, "records-ndjson")
    next(on_sqlite.steps(job))
    on_sqlite.writer.run(lambda unit: release(unit, "another", job.id))
    assert on_sqlite.job(job).state == "running"


def test_a_cancelled_job_stops_and_what_it_did_stays(importing: Importing) -> None:
    job = importing.asked(LINES, "records-ndjson")
    work = importing.steps(job)
    next(work)
    next(work)
    stopped, receipt = importing.writer.run(lambda unit: cancel(unit, OPERATOR, job.id))
    assert (stopped.state, stopped.done) == ("cancelled", 20)
    assert receipt.seq > job.seq
    assert list(work) == []
    assert len(importing.contents("subject")) == 4
    with pytest.raises(JobOver, match="was cancelled already"):
        importing.writer.run(lambda unit: cancel(unit, OPERATOR, job.id))


def test_the_same_request_goes_on_with_a_cancelled_job(on_sqlite: Importing) -> None:
    job = on_sqlite.asked(LINES, "records-ndjson")
    work = on_sqlite.steps(job)
    next(work)
    next(work)
    on_sqlite.writer.run(lambda unit: cancel(unit, OPERATOR, job.id))
    again = on_sqlite.sent(LINES, "records-ndjson")
    assert again.id == job.id
    assert_reckoned(again)
    assert counts(again)["records"] == {"created": 60}


def test_what_is_over_cannot_be_cancelled(on_sqlite: Importing) -> None:
    job = on_sqlite.sent(LINES, "records-ndjson")
    with pytest.raises(JobOver, match="has succeeded already; what it did stays"):
        on_sqlite.writer.run(lambda unit: cancel(unit, OPERATOR, job.id))
    with pytest.raises(UnknownJob):
        on_sqlite.writer.run(lambda unit: cancel(unit, OPERATOR, "none"))


def test_a_defect_fails_the_job_and_tells_it(on_sqlite: Importing) -> None:
    def broken(_: dict[str, Any]) -> Any:
        raise ZeroDivisionError

    job = on_sqlite.asked(LINES, "records-ndjson")
    for _ in on_sqlite.steps(job, replace(on_sqlite.place, read_item=broken)):
        pass
    failed = on_sqlite.job(job)
    assert (failed.state, failed.done) == ("failed", 0)
    assert json.loads(failed.problem or "")["code"] == "internal_error"
    assert_reckoned(on_sqlite.sent(LINES, "records-ndjson"))


def test_an_outage_leaves_the_job_to_be_gone_on_with(on_sqlite: Importing) -> None:
    class Away(Writer):
        def run(self, work: Callable[[Unit], T]) -> T:  # type: ignore[explicit-override]
            raise DatabaseUnavailable

    away = Away(on_sqlite.database, on_sqlite.clock, random_id)
    job = on_sqlite.asked(LINES, "records-ndjson")
    held = on_sqlite.writer.run(lambda unit: take(unit, on_sqlite.place.worker, job.id))
    assert held is not None
    with pytest.raises(DatabaseUnavailable):
        list(work_on(replace(on_sqlite.place, writer=away), held))
    assert on_sqlite.job(job).state == "running"
    *_, last = on_sqlite.steps(job)
    assert_reckoned(last)


def test_a_system_that_nobody_described_is_refused(on_sqlite: Importing) -> None:
    with pytest.raises(UnknownSystem, match="source-systems/rave; an empty object will do"):
        on_sqlite.asked("STUDYID,DOMAIN\n", "sdtm-csv", "rave")


def test_the_trail_tells_of_every_step(importing: Importing) -> None:
    importing.sent(LINES + "not json\n", "records-ndjson")
    with importing.database.reading() as connection:
        assert list(differences(connection)) == []


def test_nobody_waits_while_the_rows_of_a_file_are_reckoned_up(
    on_sqlite: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease is renewed by time while it is read, and others write meanwhile."""
    job = on_sqlite.asked(LINES, "records-ndjson")
    leases: list[Any] = []

    def each(_: ReadRow) -> None:
        on_sqlite.later(LEASE.total_seconds() / 6)
        leases.append(on_sqlite.job(job).leased_until)
        if len(leases) % 20 == 0:
            on_sqlite.put("site", f"SITE-{len(leases)}", Site(name="x"))

    reading(monkeypatch, each)
    first = next(on_sqlite.steps(job))
    assert (first.state, first.total) == ("running", 60)
    assert len(set(leases)) == 30  # a third of a lease is two rows here
    assert all(until > BEGAN for until in leases)


def test_a_bundle_is_held_while_it_is_read_before_its_first_row(
    on_sqlite: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = [{"resource": {"resourceType": "Location", "id": f"L{n}"}} for n in range(20)]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}

    def ticking() -> datetime:
        on_sqlite.later(5)
        return on_sqlite.now

    monkeypatch.setattr("app.store.files.PIECE", 200)
    on_sqlite.system()
    job = on_sqlite.asked(json.dumps(bundle), "fhir")
    place = replace(on_sqlite.place, clock=ticking)
    held = on_sqlite.writer.run(lambda unit: take(unit, place.worker, job.id))
    assert held is not None
    leases: list[Any] = []
    reading(monkeypatch, lambda _: leases.append(on_sqlite.job(job).leased_until))
    next(work_on(place, held))
    assert held.leased_until is not None
    assert leases[0] > held.leased_until


def test_a_step_that_takes_longer_than_the_lease_keeps_it(on_sqlite: Importing) -> None:
    def slowly(item: dict[str, Any]) -> Any:
        on_sqlite.later(LEASE.total_seconds())
        return on_sqlite.place.read_item(item)

    job = on_sqlite.asked(LINES, "records-ndjson")
    work = on_sqlite.steps(job, replace(on_sqlite.place, read_item=slowly))
    next(work)
    next(work)
    assert on_sqlite.job(job).leased_until == on_sqlite.now + LEASE
    assert on_sqlite.writer.run(lambda unit: take(unit, "another")) is None


@pytest.mark.parametrize("done", [0, 20])
def test_a_worker_that_stops_reads_no_further(
    done: int, on_sqlite: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither while the rows are reckoned up, nor while those that are done are passed over."""
    job = on_sqlite.asked(LINES, "records-ndjson")
    work = on_sqlite.steps(job)
    for _ in range(2 if done else 0):
        next(work)
    read: list[int] = []
    reading(monkeypatch, lambda row: read.append(row.number))
    on_sqlite.later()
    assert work_on_next(on_sqlite.place, lambda: len(read) >= 5)
    standing_job = on_sqlite.job(job)
    assert (standing_job.state, standing_job.done, len(read)) == ("queued", done, 5)
    assert work_on_next(on_sqlite.place, lambda: False)
    assert_reckoned(on_sqlite.job(job))


def test_a_job_that_was_cancelled_is_not_read_to_its_end(
    on_sqlite: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = on_sqlite.asked(LINES, "records-ndjson")
    read: list[int] = []

    def each(row: ReadRow) -> None:
        if not read:
            on_sqlite.writer.run(lambda unit: cancel(unit, OPERATOR, job.id))
        read.append(row.number)
        on_sqlite.later(1)

    reading(monkeypatch, each)
    assert list(on_sqlite.steps(job)) == []
    assert (on_sqlite.job(job).state, len(read)) == ("cancelled", 10)


def reading(monkeypatch: pytest.MonkeyPatch, each: Callable[[ReadRow], None]) -> None:
    """Let something happen with each row that is read."""

    def reader_that_tells(format_of_it: Format) -> Reader:
        def read(*arguments: Any) -> Iterator[ReadRow]:
            for row in reader_of(format_of_it)(*arguments):
                each(row)
                yield row

        return read

    monkeypatch.setattr("app.use_cases.importing.reader_of", reader_that_tells)
