"""Rows and the records that follow them: corrected, taken back, told late, in any order."""

import itertools
import json

import pytest

from app.domain.case import Exposure, SubjectData
from app.domain.record.kinds import CONTENT
from app.domain.record.origin import OPERATOR, Reason
from app.domain.time import PartialTime
from app.use_cases.assembly_jobs import submit_assembly
from app.use_cases.errors import SnapshotOfNothing
from app.use_cases.records import Precondition, void
from app.use_cases.replay import differences
from tests.imports.files import AE, AE_HEAD, AE_ROWS, ALL, DM, EX, HOW
from tests.imports.service import STUDY, SYSTEM, Importing, assert_reckoned, counts

CRS = f"{SYSTEM}:S-01|AE|A1"
FATIGUE = f"{SYSTEM}:S-01|AE|A2"
ANEMIA = f"{SYSTEM}:S-02|AE|B1"


@pytest.fixture
def filled(on_sqlite: Importing) -> Importing:
    """All three files, imported."""
    on_sqlite.system(**HOW)
    for content in ALL:
        assert_reckoned(on_sqlite.sent(content))
    return on_sqlite


def test_files_become_patients_exposures_and_events(filled: Importing) -> None:
    subjects = filled.contents("subject")
    assert subjects["S-01"] == {"birth_year": 1990, "sex": "female", "site": "01"}
    exposures = filled.contents("exposure")
    assert [each["agent"] for each in exposures.values()] == ["IC19", "IC19"]
    anemia = filled.contents("adverse_event")[ANEMIA]
    assert anemia["grades"] == [{"from": "2026-03-16", "grade": 1}]
    assert (anemia["ongoing"], anemia["ongoing_as_of"]) == (True, "2026-04-01")
    assert anemia["causality"] == [
        {"agent": "IC19", "relatedness": "unrelated", "assessor": "investigator"}
    ]


def test_the_worst_grade_alone_leaves_recovery_open_and_says_so(filled: Importing) -> None:
    """Fatigue of grade 3 for up to 16 days: nobody knows for how many of them."""
    assert filled.verdicts("S-01")[FATIGUE] == "UNDETERMINED"
    event = next(each for each in filled.answer("S-01")["events"] if each["id"] == FATIGUE)
    assert "recovery" in {each["field"] for each in event["missing"]}
    assert "worst grade" in event["explanation"]["text"]


def test_files_in_any_order_give_the_same(filled: Importing) -> None:
    kinds = ("subject", "exposure", "adverse_event")
    expected = {kind: filled.contents(kind) for kind in kinds}  # type: ignore[arg-type]
    verdicts = {each: filled.verdicts(each) for each in expected["subject"]}
    for order in itertools.permutations(ALL):
        for content in order:
            filled.later()
            filled.sent(content + "\n" * (1 + ALL.index(content)), extract=str(order.index(DM)))
        found = {kind: filled.contents(kind) for kind in kinds}  # type: ignore[arg-type]
        assert found == expected
        assert {each: filled.verdicts(each) for each in found["subject"]} == verdicts


def test_the_order_of_files_that_are_new_does_not_matter_either(importing: Importing) -> None:
    importing.system(**HOW)
    rows = AE_HEAD + "".join(reversed(AE_ROWS))
    for content in (rows, EX, DM):
        assert_reckoned(importing.sent(content))
    assert importing.verdicts("S-01")[FATIGUE] == "UNDETERMINED"
    assert importing.verdicts("S-01")[CRS] == "NOT_DLT"
    assert len(importing.contents("adverse_event")) == 4


def test_a_corrected_row_corrects_its_record_alone(filled: Importing) -> None:
    filled.later()
    job = filled.sent(AE.replace("Fatigue,3", "Fatigue,2"))
    assert_reckoned(job)
    assert (counts(job)["accepted"], counts(job)["unchanged"]) == (1, 3)
    assert counts(job)["records"] == {"unchanged": 3, "updated": 1}
    assert filled.verdicts("S-01")[FATIGUE] == "NOT_DLT"
    assert filled.held("adverse_event")[FATIGUE].version == 2


def test_an_older_extract_that_comes_later_changes_nothing(on_sqlite: Importing) -> None:
    on_sqlite.system(**HOW)
    on_sqlite.sent(AE, extracted_at="2026-05-02T00:00:00Z")
    late = AE.replace("Fatigue,3", "Fatigue,2")
    job = on_sqlite.sent(late, extracted_at="2026-05-01T00:00:00Z")
    assert_reckoned(job)
    assert counts(job)["stale"] == 4
    assert on_sqlite.contents("adverse_event")[FATIGUE]["worst_grade"] == 3


def test_what_rows_make_no_more_is_voided_and_comes_back(filled: Importing) -> None:
    """Both rows become one event by their group, and two again."""
    filled.system(**{**HOW, "grade_collection": "row_per_grade"})
    head = AE_HEAD.replace("AESPID", "AESPID,AEGRPID")
    first, second = (
        "IC19-SLE,AE,S-02,1,C1,{},Nausea,1,POSSIBLE,2026-03-16,2026-03-17,,\n",
        "IC19-SLE,AE,S-02,2,C2,{},Nausea,3,POSSIBLE,2026-04-20,2026-04-21,,\n",
    )
    filled.sent(head + first.format("") + second.format(""))
    alone = [key for key in filled.held("adverse_event") if "C1" in key or "C2" in key]
    assert len(alone) == 2
    filled.later()
    filled.sent(head + first.format("G1") + second.format("G1"))
    assert not set(alone) & set(filled.held("adverse_event"))
    together = [key for key in filled.held("adverse_event") if "G1" in key]
    assert len(together) == 1
    filled.later()
    filled.sent(head + first.format("") + second.format("") + "\n")
    assert set(alone) <= set(filled.held("adverse_event"))
    assert not set(together) & set(filled.held("adverse_event"))


def test_a_snapshot_tells_the_rows_that_it_lacks_and_voids_nothing(importing: Importing) -> None:
    importing.system(**HOW)
    importing.sent(EX, extract="1")
    importing.sent(AE, extract="1")
    importing.later()
    shorter = AE.replace(AE_ROWS[1], "")
    job = importing.sent(shorter, extract="2", snapshot=True)
    assert_reckoned(job)
    assert (counts(job)["unchanged"], counts(job)["absent"]) == (3, 1)
    (told,) = importing.rejected(job)
    assert told["absent"] == {"domain": "AE", "subject": "S-01", "key": "S-01|AE|A2"}
    assert (told["code"], told["last_seen"]) == ("row_absent", "1")
    assert FATIGUE in importing.held("adverse_event")
    with importing.database.reading() as connection:
        assert list(differences(connection)) == []


def test_a_snapshot_that_is_whole_or_old_tells_of_none(on_sqlite: Importing) -> None:
    on_sqlite.system(**HOW)
    on_sqlite.sent(AE, extract="2", extracted_at="2026-05-02T00:00Z")
    whole = on_sqlite.sent(AE + "\n", extract="3", snapshot=True)
    assert counts(whole)["absent"] == 0
    old = AE.replace(AE_ROWS[1], "").replace("Headache,2", "Headache,1")
    late = on_sqlite.sent(old, extract="1", extracted_at="2026-05-01T00:00Z", snapshot=True)
    assert counts(late)["stale"] == 3
    assert "absent" not in counts(late)


def test_a_snapshot_needs_to_say_of_which_extract_it_is(on_sqlite: Importing) -> None:
    on_sqlite.system(**HOW)
    with pytest.raises(SnapshotOfNothing, match="name it"):
        on_sqlite.sent(AE, snapshot=True)


def test_what_a_person_voided_stays_void(filled: Importing) -> None:
    reason = Reason(code="DUPLICATE", text="entered twice")
    filled.writer.run(
        lambda unit: void(unit, OPERATOR, STUDY, "adverse_event", FATIGUE, reason, Precondition())
    )
    filled.later()
    job = filled.sent(AE.replace("Fatigue,3", "Fatigue,2"))
    assert FATIGUE not in filled.held("adverse_event")
    assert counts(job)["records"] == {"refused": 1, "unchanged": 3}
    (told,) = filled.rejected(job)
    assert (told["record"]["key"], told["code"]) == (FATIGUE, "record_voided")
    assert told["rows"] == ["S-01|AE|A2"]


def test_what_else_is_known_of_a_patient_stays(filled: Importing) -> None:
    known = SubjectData(dose_level="1", site="01", sex="female", birth_year=1990)
    filled.put("subject", "S-01", known)
    filled.later()
    filled.sent(DM.replace("1990-02-03", "1991-02-03"))
    assert filled.contents("subject")["S-01"] == {
        "dose_level": "1", "site": "01", "sex": "female", "birth_year": 1991,
    }  # fmt: skip


def test_an_exposure_of_a_patient_who_has_them_already_is_told(on_sqlite: Importing) -> None:
    on_sqlite.system(**HOW)
    given = Exposure(agent="IC19", start=PartialTime("2026-03-01T10:00"))
    on_sqlite.put("subject", "S-01", SubjectData(exposures=(given,)))
    job = on_sqlite.sent(EX)
    (told,) = on_sqlite.rejected(job)
    assert told["code"] == "two_ways_of_exposure"
    assert told["record"] == {
        "kind": "exposure", "key": f"{SYSTEM}:S-01|EX|1", "subject": "S-01",
    }  # fmt: skip
    assert counts(job)["accepted"] == 2


def test_other_settings_make_other_records_once_they_are_asked_to(filled: Importing) -> None:
    filled.system(**{**HOW, "causality": {"possible": "unrelated"}})
    assert filled.verdicts("S-01")[FATIGUE] == "UNDETERMINED"
    job, receipt = filled.writer.run(lambda unit: submit_assembly(unit, OPERATOR, STUDY, SYSTEM))
    assert receipt is not None
    *_, last = filled.steps(job)
    assert (last.state, last.done, last.total) == ("succeeded", 2, 2)
    assert json.loads(last.counts)["records"] == {"unchanged": 6, "updated": 2}
    assert filled.verdicts("S-01")[FATIGUE] == "NOT_DLT"


def test_patients_with_many_rows_are_assembled_one_at_a_time(
    filled: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = []
    for most in (100, 1):
        monkeypatch.setattr("app.use_cases.reassembling._ROWS", most)
        job, _ = filled.writer.run(lambda unit: submit_assembly(unit, OPERATOR, STUDY, SYSTEM))
        steps.append([each.done for each in filled.steps(job)])
        assert filled.job(job).state == "succeeded"
    assert steps == [[2], [1, 2]]


RESULTS = "STUDYID,DOMAIN,USUBJID,LBTESTCD,LBORRES,LBORRESU,LBORNRLO,LBDTC\n" + "".join(
    f"IC19-SLE,LB,S-0{1 + number % 2},PLAT,{90 - number},10^9/L,150,2026-03-{4 + number:02}\n"
    for number in range(6)
)
"""Results of two patients in turns."""


@pytest.mark.parametrize(("most", "done"), [(8, [0, 6, 6]), (7, [0, 1, 2, 3, 4, 5, 6, 6])])
def test_a_file_that_goes_from_patient_to_patient_and_back_is_done_in_small_steps(
    most: int, done: list[int], filled: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The two have four rows each, before these come."""
    monkeypatch.setattr("app.use_cases.chunk._HELD", most)
    job = filled.asked(RESULTS)
    assert [each.done for each in filled.steps(job)] == done
    assert_reckoned(filled.job(job))
    assert len(filled.held("laboratory_result")) == 6
    again = filled.asked(RESULTS + "\n")  # of the first two it is seen that most is known
    assert [each.done for each in filled.steps(again)] == [0, 1, 2, 6, 6]


GOING_ON = AE_HEAD.replace("AEENTPT", "AEOUT") + (
    "IC19-SLE,AE,S-01,1,A1,Fatigue,3,POSSIBLE,2026-03-03,,,NOT RECOVERED\n"
)


def test_an_event_that_is_told_to_go_on_is_known_to_as_of_the_latest_extract(
    on_sqlite: Importing,
) -> None:
    on_sqlite.system(**{**HOW, "grade_collection": "row_per_grade"})
    for content in (DM, EX):
        on_sqlite.sent(content)
    for made_at, verdict in (
        ("2026-03-04T02:00Z", "UNDETERMINED"),  # of a limit of 7 days, to the 10th
        ("2026-03-10T02:00Z", "UNDETERMINED"),
        ("2026-03-20T02:00Z", "DLT"),
    ):
        on_sqlite.later()
        assert_reckoned(on_sqlite.sent(GOING_ON, extracted_at=made_at))
        assert set(on_sqlite.verdicts("S-01").values()) == {verdict}, made_at


def test_an_older_extract_takes_nothing_back(on_sqlite: Importing) -> None:
    on_sqlite.system(**{**HOW, "grade_collection": "row_per_grade"})
    for content in (DM, EX):
        on_sqlite.sent(content)
    for made_at in ("2026-03-20T02:00Z", "2026-03-04T02:00Z"):
        on_sqlite.later()
        assert_reckoned(on_sqlite.sent(GOING_ON, extracted_at=made_at))
    assert set(on_sqlite.verdicts("S-01").values()) == {"DLT"}


TWICE = (
    "IC19-SLE,AE,S-01,1,A1,Fatigue,3,POSSIBLE,2026-03-03,2026-03-20,,\n",
    "IC19-SLE,AE,S-01,2,A1,Fatigue,1,POSSIBLE,2026-03-20,2026-03-21,,\n",
)


@pytest.mark.parametrize("earlier", ["", AE_HEAD + TWICE[0], AE_HEAD + TWICE[1]])
def test_a_row_never_takes_the_place_of_another_of_its_file(
    importing: Importing, earlier: str
) -> None:
    importing.system(**HOW)
    importing.sent(earlier or DM)
    job = importing.sent(AE_HEAD + "".join(TWICE))
    assert_reckoned(job)
    assert counts(job)["rejected"] == 1
    (line,) = importing.rejected(job)
    assert (line["code"], line["place"]) == ("duplicate_identity", "line 3")
    assert (line["original"]["AETOXGR"], line["problem"][:6]) == ("1", "line 2")
    (event,) = importing.contents("adverse_event").values()
    assert event["worst_grade"] == 3


def test_a_row_may_be_repeated(on_sqlite: Importing) -> None:
    on_sqlite.system(**HOW)
    job = on_sqlite.sent(AE + AE_ROWS[0])
    assert (counts(job)["accepted"], counts(job)["unchanged"]) == (4, 1)


def test_rows_of_one_identity_are_told_apart_by_the_settings(on_sqlite: Importing) -> None:
    on_sqlite.system(**HOW, identity={"AE": ("AESPID", "AESTDTC")})
    job = on_sqlite.sent(AE_HEAD + "".join(TWICE))
    assert_reckoned(job)
    assert counts(job)["accepted"] == 2


NUMBERED = "STUDYID,RDOMAIN,USUBJID,IDVAR,IDVARVAL,QNAM,QVAL\nX,AE,S-01,AESEQ,1,AEREL1,POSSIBLE\n"


@pytest.mark.parametrize(("extract", "judged"), [("march", "A1"), (None, None)])
def test_numbers_of_an_extract_tie_nothing_beyond_it(
    on_sqlite: Importing, extract: str | None, judged: str | None
) -> None:
    """A1 is 1 in March and 2 in April, where A2 is 1: no judgement of A1 may land at A2."""
    on_sqlite.system(grade_collection="worst_only", causality_agents={"AEREL1": "IC19"})
    rows = "".join(AE_ROWS[:2])
    for content in (AE_HEAD + rows, NUMBERED):
        assert_reckoned(on_sqlite.sent(content, extract=extract))
    found = {
        key.rpartition("|")[2]: content.get("causality")
        for key, content in on_sqlite.contents("adverse_event").items()
    }
    assert [key for key, told in found.items() if told] == ([judged] if judged else [])
    anew = rows.replace("S-01,1", "S-01,3").replace("S-01,2", "S-01,1").replace("S-01,3", "S-01,2")
    on_sqlite.sent(AE_HEAD + anew, extract=extract and "april")
    assert not any(each.get("causality") for each in on_sqlite.contents("adverse_event").values())


def test_what_no_row_can_tell_stays_as_a_person_recorded_it(filled: Importing) -> None:
    held = filled.contents("adverse_event")[FATIGUE]
    judged = {"baseline_grade": 1, "clinically_significant": True}
    content = CONTENT["adverse_event"].validate_python({**held, **judged, "worst_grade": 2})
    filled.put("adverse_event", FATIGUE, content, "S-01")
    filled.sent(AE.replace("Cytokine release syndrome,2", "Cytokine release syndrome,1"))
    after = filled.contents("adverse_event")[FATIGUE]
    assert after == {**held, **judged}


def test_an_extract_from_the_future_does_not_make_all_others_late(on_sqlite: Importing) -> None:
    on_sqlite.system(**HOW)
    on_sqlite.sent(AE, extracted_at="2062-06-01T00:00Z")
    on_sqlite.later(24 * 3600)
    job = on_sqlite.sent(AE.replace("Fatigue,3", "Fatigue,2"), extracted_at="2026-06-02T00:00Z")
    assert (counts(job)["accepted"], counts(job)["unchanged"]) == (1, 3)


def test_what_another_system_wrote_before_takes_nothing_back(on_sqlite: Importing) -> None:
    """B1 of the other system is A1, as it stood a day before."""
    on_sqlite.system(**HOW)
    on_sqlite.system("sdtm", **HOW, keys={"B1": CRS})
    row = AE_HEAD + AE_ROWS[0]
    other = row.replace("A1,", "B1,").replace("syndrome,2", "syndrome,1")
    on_sqlite.sent(row, extracted_at="2026-04-02T00:00Z")
    before = on_sqlite.contents("adverse_event")
    job = on_sqlite.sent(other, system="sdtm", extracted_at="2026-04-01T00:00Z")
    assert counts(job)["records"] == {"stale": 1}
    assert on_sqlite.contents("adverse_event") == before
    on_sqlite.sent(other, system="sdtm", extracted_at="2026-04-03T00:00Z")
    assert on_sqlite.contents("adverse_event")[CRS]["grades"][0]["grade"] == 1


def test_a_row_of_which_no_record_comes_is_told(on_sqlite: Importing) -> None:
    on_sqlite.system(**HOW)
    head = "STUDYID,DOMAIN,USUBJID,LBSPID,LBTESTCD,LBORRES,LBORRESU,LBDTC\n"
    row = "IC19-SLE,LB,S-01,1,OURTEST,5,g/L,2026-03-02\n"
    job = on_sqlite.sent(head + row)
    assert_reckoned(job)
    assert counts(job)["findings"] == {"analyte_unmapped": 1}
    (told,) = on_sqlite.rejected(job)
    assert told["code"] == "analyte_unmapped"
    assert "OURTEST" in told["problem"]
    again = on_sqlite.sent(head + row + "\n")
    assert "findings" not in counts(again)
