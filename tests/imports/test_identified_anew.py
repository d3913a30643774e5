"""Kept rows are identified anew when the settings change: what was at the wrong patient moves."""

from collections.abc import Mapping
from typing import Any

import pytest

from app.domain.case import AdverseEvent, SubjectData
from app.domain.record.origin import OPERATOR
from app.store.jobs import StoredJob
from app.use_cases.assembly_jobs import submit_assembly
from app.use_cases.replay import differences
from tests.imports.files import AE, AE_HEAD, DM, EX, HOW, lines
from tests.imports.service import STUDY, SYSTEM, Importing, assert_reckoned, counts
from tests.interchange.test_rave import KEY, entered, feed

KINDS = ("subject", "exposure", "adverse_event")
WRONG = {"S-01": "P-1", "S-02": "P-2"}
RIGHT = {"S-01": "P-2", "S-02": "P-1"}


def assembled(importing: Importing) -> StoredJob:
    """Ask for an assembly, and do it."""
    importing.later()
    job, _ = importing.writer.run(lambda unit: submit_assembly(unit, OPERATOR, STUDY, SYSTEM))
    *_, last = importing.steps(job)
    assert last.state == "succeeded", last.problem
    return last


def standing(importing: Importing) -> Mapping[str, Any]:
    """What the record says, and every verdict."""
    held = {kind: importing.contents(kind) for kind in KINDS}  # type: ignore[arg-type]
    return {**held, "verdicts": {each: importing.verdicts(each) for each in held["subject"]}}


def imported(importing: Importing, subjects: Mapping[str, str]) -> Mapping[str, Any]:
    importing.system(**HOW, subjects=subjects)
    for content in (DM, EX, AE):
        importing.sent(content)
    return standing(importing)


def assert_proved(importing: Importing) -> None:
    with importing.database.reading() as connection:
        assert list(differences(connection)) == []


def test_patients_that_were_exchanged_are_exchanged_back(importing: Importing) -> None:
    """The fatigue that is a DLT in question is P-2's, and P-1's none."""
    wrong = imported(importing, WRONG)
    importing.system(**HOW, subjects=RIGHT)
    assert standing(importing) == wrong  # settings by themselves change nothing
    job = assembled(importing)
    assert counts(job)["identified_anew"] == {"moved": 8}
    told = [each["moved"] for each in importing.rejected(job)]
    assert told == [
        {"from": "P-1", "to": "P-2", "rows": 4},
        {"from": "P-2", "to": "P-1", "rows": 4},
    ]
    right = standing(importing)
    assert right["verdicts"]["P-2"][f"{SYSTEM}:P-2|AE|A2"] == "UNDETERMINED"
    assert {key.split("|")[0] for key in right["adverse_event"]} == {"edc:P-1", "edc:P-2"}
    assert set(right["verdicts"]["P-1"]) == {f"{SYSTEM}:P-1|AE|B1", f"{SYSTEM}:P-1|AE|B2"}
    assert right["subject"]["P-2"]["birth_year"] == 1990
    again = assembled(importing)
    assert "identified_anew" not in counts(again)
    assert counts(again)["records"] == {"unchanged": 8}
    assert standing(importing) == right
    assert_proved(importing)


def test_it_is_as_if_the_settings_had_been_right_from_the_beginning(on_sqlite: Importing) -> None:
    imported(on_sqlite, {"S-01": "P-7"})
    on_sqlite.system(**HOW, subjects={"S-02": "P-2"})
    assembled(on_sqlite)
    found = standing(on_sqlite)
    assert set(found["subject"]) == {"S-01", "P-2"}  # P-7 and S-02 were made by their rows alone
    for content in (DM, EX, AE):
        job = on_sqlite.sent(content + "\n")
        assert counts(job)["unchanged"] == counts(job)["rows"]
    assert standing(on_sqlite) == found


def test_a_mapping_that_is_taken_back_brings_everything_back(on_sqlite: Importing) -> None:
    before = imported(on_sqlite, {})
    on_sqlite.system(**HOW, subjects={"S-01": "P-1"})
    assembled(on_sqlite)
    assert set(standing(on_sqlite)["subject"]) == {"P-1", "S-02"}
    on_sqlite.system(**HOW)
    assembled(on_sqlite)
    assert standing(on_sqlite) == before
    assert_proved(on_sqlite)


ROW = "IC19-SLE,AE,{},1,{},Fatigue,{},POSSIBLE,2026-03-04,2026-03-20,,\n"


def graded(importing: Importing) -> dict[str, Any]:
    return {
        key: each.get("worst_grade", 1)
        for key, each in importing.contents("adverse_event").items()
    }


def test_what_was_sent_again_before_the_assembly_is_one_row(on_sqlite: Importing) -> None:
    on_sqlite.system(**HOW)
    on_sqlite.sent(AE_HEAD + ROW.format("S-01", "A1", 2))
    on_sqlite.system(**HOW, subjects={"S-01": "P-1"})
    on_sqlite.later()
    on_sqlite.sent(AE_HEAD + ROW.format("S-01", "A1", 3))
    assert graded(on_sqlite) == {f"{SYSTEM}:S-01|AE|A1": 2, f"{SYSTEM}:P-1|AE|A1": 3}
    job = assembled(on_sqlite)
    assert counts(job)["identified_anew"] == {"moved": 1}
    assert graded(on_sqlite) == {f"{SYSTEM}:P-1|AE|A1": 3}
    on_sqlite.system(**HOW)  # and back: the later one is what is known of A1
    assembled(on_sqlite)
    assert graded(on_sqlite) == {f"{SYSTEM}:S-01|AE|A1": 3}


def test_a_row_that_comes_to_the_place_of_another_patients_moves_that_first(
    on_sqlite: Importing,
) -> None:
    """Before anybody asked for an assembly: nothing of S-01 is lost below S-02's."""
    on_sqlite.system(**HOW, subjects={"S-01": "S-02"})
    on_sqlite.sent(AE_HEAD + ROW.format("S-01", "A1", 2))
    on_sqlite.system(**HOW)
    on_sqlite.later()
    job = on_sqlite.sent(AE_HEAD + ROW.format("S-02", "A1", 3))
    assert_reckoned(job)
    assert counts(job)["identified_anew"] == {"moved": 1}
    assert graded(on_sqlite) == {f"{SYSTEM}:S-01|AE|A1": 2, f"{SYSTEM}:S-02|AE|A1": 3}
    assert_proved(on_sqlite)


def test_two_patients_mapped_to_one_take_nothing_from_each_other(on_sqlite: Importing) -> None:
    on_sqlite.system(**HOW)
    on_sqlite.sent(AE_HEAD + ROW.format("S-01", "A1", 2) + ROW.format("S-02", "A1", 3))
    on_sqlite.system(**HOW, subjects={"S-01": "S-02"})
    job = assembled(on_sqlite)
    assert counts(job)["identified_anew"] == {"not_moved": 1}
    (line,) = on_sqlite.rejected(job)
    assert line["code"] == "duplicate_identity"
    assert line["kept"] == {"domain": "AE", "subject": "S-01", "key": "S-01|AE|A1"}
    assert graded(on_sqlite) == {f"{SYSTEM}:S-01|AE|A1": 2, f"{SYSTEM}:S-02|AE|A1": 3}


def test_a_patient_who_cannot_be_one_keeps_what_came_and_it_is_told(on_sqlite: Importing) -> None:
    before = imported(on_sqlite, {})
    on_sqlite.system(**HOW, subjects={"S-01": "no id/at all"})
    job = assembled(on_sqlite)
    assert counts(job)["identified_anew"] == {"not_moved": 4}
    assert {each["code"] for each in on_sqlite.rejected(job)} == {"bad_subject"}
    assert standing(on_sqlite) == before


@pytest.mark.parametrize("first", [("AESPID",), ("AESPID", "AETOXGR")])
def test_a_better_identity_makes_one_row_of_the_corrected_and_the_old(
    on_sqlite: Importing, first: tuple[str, ...]
) -> None:
    on_sqlite.system(**HOW, identity={"AE": ("AESPID", "AETOXGR")})
    on_sqlite.sent(AE_HEAD + ROW.format("S-01", "A1", 2))
    on_sqlite.later()
    on_sqlite.sent(AE_HEAD + ROW.format("S-01", "A1", 3))
    assert len(graded(on_sqlite)) == 2
    on_sqlite.system(**HOW, identity={"AE": ("AESPID",)})
    job = assembled(on_sqlite)
    assert counts(job)["identified_anew"] == {"renamed": 2}
    assert graded(on_sqlite) == {f"{SYSTEM}:S-01|AE|A1": 3}
    on_sqlite.system(**HOW, identity={"AE": ("AESPID", "AETOXGR")})
    assembled(on_sqlite)  # what the one outdid is not lost
    assert sorted(graded(on_sqlite).values()) == [2, 3]
    assert_proved(on_sqlite)


FHIR = {
    "resourceType": "AdverseEvent", "id": "e1", "actuality": "actual",
    "subject": {"reference": "Patient/77"}, "event": {"text": "Fatigue"}, "date": "2026-03-04",
    "extension": [{
        "url": "http://hl7.org/fhir/uv/ae-research-ig/StructureDefinition/ctcae-grade",
        "valueCodeableConcept": {"coding": [{"code": "3"}]},
    }],
}  # fmt: skip


def test_a_name_that_stands_in_no_variable_is_kept_with_the_row(on_sqlite: Importing) -> None:
    on_sqlite.system(**HOW)
    on_sqlite.sent(lines([FHIR]), "fhir")
    assert list(on_sqlite.contents("adverse_event")) == [f"{SYSTEM}:77|AE|AdverseEvent.e1"]
    on_sqlite.system(**HOW, subjects={"77": "S-01"})
    assembled(on_sqlite)
    assert list(on_sqlite.contents("adverse_event")) == [f"{SYSTEM}:S-01|AE|AdverseEvent.e1"]
    assert counts(on_sqlite.sent(lines([FHIR]) + "\n", "fhir"))["unchanged"] == 1


def test_a_shift_of_many_patients_is_followed_to_its_end(
    on_sqlite: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each takes the place of the next, over several steps: nothing is double, nothing lost."""
    monkeypatch.setattr("app.use_cases.reassembling.CHUNK", 2)
    on_sqlite.system(**HOW)
    names = [f"S-{number:02}" for number in range(1, 6)]
    on_sqlite.sent(AE_HEAD + "".join(ROW.format(name, "A1", name[-1]) for name in names))
    onward = {name: f"S-{number:02}" for number, name in enumerate(names, start=2)}
    on_sqlite.system(**HOW, subjects=onward)
    job = assembled(on_sqlite)
    assert counts(job)["identified_anew"] == {"moved": 5}
    assert (job.done, job.total) == (6, 6)
    assert graded(on_sqlite) == {f"{SYSTEM}:{onward[name]}|AE|A1": int(name[-1]) for name in names}
    assert counts(job)["records"]["voided"] == 1


OTHERS = "other:AE-9"


def test_what_a_wrong_key_map_made_at_another_system_goes(on_sqlite: Importing) -> None:
    on_sqlite.system(**HOW, keys={"A1": OTHERS})
    on_sqlite.sent(AE_HEAD + ROW.format("S-01", "A1", 3))
    assert graded(on_sqlite) == {OTHERS: 3}
    on_sqlite.system(**HOW)
    assert "findings" not in counts(assembled(on_sqlite))
    assert graded(on_sqlite) == {f"{SYSTEM}:S-01|AE|A1": 3}
    on_sqlite.system(**HOW, keys={"A1": OTHERS})
    assembled(on_sqlite)
    assert graded(on_sqlite) == {OTHERS: 3}


def test_what_the_other_system_wrote_too_stays_and_is_told(on_sqlite: Importing) -> None:
    theirs = AdverseEvent(term="Fatigue", worst_grade=1)
    on_sqlite.put("adverse_event", OTHERS, theirs, "S-01")
    on_sqlite.system(**HOW, keys={"A1": OTHERS})
    on_sqlite.sent(AE_HEAD + ROW.format("S-01", "A1", 3))
    on_sqlite.system(**HOW)
    job = assembled(on_sqlite)
    assert graded(on_sqlite) == {OTHERS: 3, f"{SYSTEM}:S-01|AE|A1": 3}
    assert counts(job)["findings"] == {"led_no_more": 1}
    assert OTHERS in on_sqlite.rejected(job)[0]["problem"]
    on_sqlite.put("adverse_event", OTHERS, theirs, "S-01")
    assert "findings" not in counts(assembled(on_sqlite))


def test_what_only_these_rows_told_of_a_patient_goes_with_them(on_sqlite: Importing) -> None:
    """A person recorded the dose level of S-01, whom the file of another was said to be about."""
    on_sqlite.system(**HOW)
    on_sqlite.sent(DM)
    on_sqlite.put("subject", "S-01", SubjectData(dose_level="1", sex="female", site="01"))
    on_sqlite.later()
    on_sqlite.sent(DM.replace("1990-02-03", "1991-02-03"))
    on_sqlite.system(**HOW, subjects={"S-01": "P-1"})
    job = assembled(on_sqlite)
    assert counts(job)["findings"] == {"told_of_another": 3}
    assert on_sqlite.contents("subject")["S-01"] == {"dose_level": "1"}
    assert on_sqlite.contents("subject")["P-1"]["birth_year"] == 1991
    assert "findings" not in counts(assembled(on_sqlite))


def test_what_was_told_in_parts_to_two_patients_is_joined_part_by_part(
    on_sqlite: Importing,
) -> None:
    """Half of a record came when it was a patient's of the wrong name, half of it since."""
    how = {**HOW, "forms": {"AE": "AE"}, "items": {"AE.AETERM": "AETERM", "AE.GRADE": "AETOXGR"}}
    on_sqlite.system(**how)
    told = (("7", "AE.AETERM", "Headache"), ("8", "AE.GRADE", "2"))
    since = (("9", "AE.AETERM", "Fatigue"), ("6", "AE.GRADE", "1"))
    for audits, subjects in ((told, {KEY: "P-1"}), (since, {KEY: "S-01"})):
        on_sqlite.system(**how, subjects=subjects)
        on_sqlite.sent(feed(*(entered(v, source_id=n, oid=o) for n, o, v in audits)), "rave-audit")
    assert len(on_sqlite.contents("adverse_event")) == 2
    assert counts(assembled(on_sqlite))["identified_anew"] == {"moved": 1}
    ((key, event),) = on_sqlite.contents("adverse_event").items()
    assert key.startswith(f"{SYSTEM}:S-01|AE|")
    assert (event["term"], event["worst_grade"]) == ("Fatigue", 2)
