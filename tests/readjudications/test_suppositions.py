"""Patients judged as if: by another version, readings or dictionary, or at another cut."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import pytest

from app.domain.case import Subject
from app.domain.record.origin import OPERATOR
from app.domain.time import PartialTime
from app.store.database import Database
from app.use_cases.errors import BadReadjudication
from app.use_cases.protocols import Amendment, activate_version, add
from app.use_cases.suppositions import Scope
from tests.builders import event, subject
from tests.readjudications.patients import amended
from tests.readjudications.service import STUDY, WHY, Rejudging, counts

CRS: Final = "Cytokine release syndrome"


@pytest.fixture
def rejudging(sqlite_database: Database) -> Iterator[Rejudging]:
    """Infused on 1 and 2 March, each with CRS of grade 3 for five days; and one of 72 hours."""
    made = Rejudging(database=sqlite_database)
    made.begin()
    made.told(
        [
            patient("S-1", "2026-03-01", "2026-03-08T10:00+08:00"),
            patient("S-2", "2026-03-02", "2026-03-08T10:00+08:00"),
            patient("S-3", "2026-03-01", "2026-03-06T10:00+08:00"),
        ]
    )
    yield made
    made.close()


def patient(of: str, infused: str, until: str) -> Subject:
    crs = event(CRS, (3, "2026-03-03T10:00+08:00"), (1, until), id=f"AE-{of}")
    at = f"{infused}T10:00:00+08:00"
    return subject(crs, infused=(at,), id=of, follow_up_until="2026-05-31")


def told(rejudging: Rejudging, **body: Any) -> dict[str, tuple[str, str, str]]:
    """Kind, old and new status of whom it changed."""
    job = rejudging.run(**body)
    assert job.state == "succeeded", job.problem
    return {
        key: (each["kind"], each["status"]["old"]["status"], each["status"]["new"]["status"])
        for key, each in rejudging.changes(job).items()
    }


SET_FREE: Final = ("changed", "DLT", "NO_DLT")
NO_READING: Final = ("restated", "NO_DLT", "NO_DLT")
"""Whether 72 hours are within 72 hours is a matter of reading; within 7 days they are."""


def test_a_version_governs_all_or_those_first_infused_from_its_day_on(
    rejudging: Rejudging,
) -> None:
    version = {"protocol_version": "2"}
    everybody = {"S-1": SET_FREE, "S-2": SET_FREE, "S-3": NO_READING}
    assert told(rejudging, **version) == everybody
    day = {**version, "effective": date(2026, 3, 2)}
    assert told(rejudging, **day, applies_to="all") == everybody
    assert told(rejudging, **day, applies_to="new_patients") == {"S-2": SET_FREE}
    later = {**version, "effective": date(2026, 3, 3), "applies_to": "new_patients"}
    assert told(rejudging, **later) == {}
    ahead = {**version, "effective": date(2026, 7, 1)}
    assert told(rejudging, **ahead) == {}, "its day has not come"


def test_a_real_run_activates_it_once_and_only_then(rejudging: Rejudging) -> None:
    assert rejudging.asked(protocol_version="2").activation is None
    real = {"protocol_version": "2", "dry_run": False, "reason": WHY}
    submitted = rejudging.asked(**real)
    assert submitted.activation is not None
    made = submitted.activation
    assert (made.number, made.version, made.applies_to) == (2, "2", "all")
    assert made.reason == WHY.text
    assert rejudging.asked(**real).activation is None, "it is the last already"
    narrower = {**real, "applies_to": "new_patients", "effective": date(2026, 3, 2)}
    assert rejudging.asked(**narrower).activation is not None, "for others it is another"
    assert rejudging.asked(dry_run=False, reason=WHY).activation is None


def test_the_option_of_a_reading_takes_the_place_of_the_default(rejudging: Rejudging) -> None:
    """72 hours to the minute are within the limit, or are not."""
    excluded = {"readings": {"R-INCL": "limit-excluded"}}
    found = told(rejudging, **excluded)
    assert found["S-3"] == ("changed", "NO_DLT", "DLT")
    assert all(kind != "changed" for key, (kind, _, _) in found.items() if key != "S-3")
    (event,) = rejudging.changes(rejudging.run(**excluded))["S-3"]["events"]
    assert "crs-g3-72h" in {each["clause"] for each in event["clauses"]}
    assert told(rejudging, readings={"R-INCL": "limit-included"}) == {}


def test_an_earlier_cut_with_all_that_is_recorded_by_now(rejudging: Rejudging) -> None:
    """On 5 March CRS has lasted two days, and nobody knows yet that it goes on."""
    found = told(rejudging, as_of=PartialTime("2026-03-05"))
    assert found["S-1"][:2] == ("changed", "DLT")
    assert found["S-1"][2] in {"PENDING", "UNDETERMINED", "IN_WINDOW"}
    assert found["S-3"][:2] == ("changed", "NO_DLT")
    assert told(rejudging, as_of=PartialTime("2026-05-31")) == {}


def test_another_dictionary(rejudging: Rejudging) -> None:
    """That of the document moves nothing; one in which a term of its own stands is refused."""
    assert told(rejudging, dictionary_version="ctcae-5.0") == {}
    job = rejudging.run(dictionary_version="ctcae-4.03")
    assert (job.state, job.done) == ("succeeded", 3)
    with pytest.raises(BadReadjudication) as refused:
        rejudging.asked(dictionary_version="ctcae-6.0")
    (fault,) = refused.value.faults
    assert (fault.pointer, fault.code) == ("/dictionary_version", "own_terms")
    assert "NCT06886919 version 1 cannot be used with it: /grading/own_terms/0" in fault.message
    assert "ICANS" in fault.message


def test_what_is_tried_writes_no_verdict(rejudging: Rejudging) -> None:
    before = rejudging.standing()
    for body in (
        {"protocol_version": "2"},
        {"readings": {"R-INCL": "limit-excluded"}},
        {"as_of": PartialTime("2026-03-05")},
    ):
        assert counts(rejudging.run(**body))["changed"] > 0
    assert rejudging.standing() == before


def test_a_real_run_of_some_writes_of_these_alone(rejudging: Rejudging) -> None:
    rejudging.asked(protocol_version="2", dry_run=False, reason=WHY)  # activated, and not done
    before = rejudging.standing()
    job = rejudging.run(dry_run=False, reason=WHY, scope=Scope(subjects=("S-1", "S-3")))
    assert (job.total, counts(job)["changed"], counts(job)["restated"]) == (2, 1, 1)
    after = rejudging.standing()
    assert {key for key in after if after[key].id != before[key].id} == {"S-1", "S-3"}
    versions = {key: each.protocol_version for key, each in after.items()}
    assert versions == {"S-1": "2", "S-2": "1", "S-3": "2"}


def test_a_version_is_of_the_protocol_that_was_activated_last(rejudging: Rejudging) -> None:
    """The one before it has no version of that name, and need not have."""
    other = {**amended("9"), "id": "IC19-B"}
    rejudging.writer.run(lambda unit: add(unit, OPERATOR, other))
    amendment = Amendment(
        protocol="IC19-B", version="9", effective="2026-03-02", applies_to="new_patients",
        reason=WHY,
    )  # fmt: skip
    rejudging.writer.run(lambda unit: activate_version(unit, OPERATOR, STUDY, amendment))
    assert told(rejudging) == {"S-2": SET_FREE}
    everybody = {"S-1": SET_FREE, "S-2": SET_FREE, "S-3": NO_READING}
    assert told(rejudging, protocol_version="9") == everybody
    excluded = {"readings": {"R-INCL": "limit-excluded"}}
    assert told(rejudging, protocol_version="9", **excluded) == everybody
    with pytest.raises(BadReadjudication, match="IC19-B version 9 has no reading 'R-NONE'"):
        rejudging.asked(protocol_version="9", readings={"R-NONE": "any"})
