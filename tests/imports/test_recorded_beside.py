"""What people record beside rows: it stays, unless a row tells the same thing otherwise."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from app.domain.case import (
    AdverseEvent,
    Causality,
    Intervention,
    ReportedGrade,
    Seriousness,
    SubjectData,
    Withdrawal,
)
from app.domain.record.kinds import CONTENT
from app.domain.time import PartialTime
from tests.imports.files import DM
from tests.imports.service import SYSTEM, Importing, counts

HOW: Mapping[str, Any] = {
    "grade_collection": "worst_only",
    "causality_agents": {"AEREL": "IC19"},
    "interventions": {"tocilizumab": "tocilizumab", "dexamethasone": "corticosteroid"},
    "facts": {"AEXSYM": "symptomatic"},
    "dose_levels": {"ARM-1": "1"},
}
HEAD = "DOMAIN,USUBJID,AESPID,AETERM,AETOXGR,AEREL,AECONTRT,AETRT,AEXSYM,AESHOSP,AESTDTC\n"
KEY = f"{SYSTEM}:S-01|AE|A1"


def row(
    grade: int = 3, rel: str = "", treated: str = "", by: str = "", fact: str = "", hosp: str = ""
) -> str:
    return f"{HEAD}AE,S-01,A1,Fatigue,{grade},{rel},{treated},{by},{fact},{hosp},2026-03-04\n"


def event(importing: Importing) -> AdverseEvent:
    content = importing.contents("adverse_event")[KEY]
    found = CONTENT["adverse_event"].validate_python(content)
    assert isinstance(found, AdverseEvent)
    return found


def record(importing: Importing, **what: Any) -> None:
    """What a person enters beside what is there."""
    importing.later()
    importing.put("adverse_event", KEY, replace(event(importing), **what), "S-01")


def told(importing: Importing, content: str) -> Mapping[str, int]:
    importing.later()
    found: Mapping[str, int] = counts(importing.sent(content)).get("findings", {})
    return found


@pytest.fixture
def begun(on_sqlite: Importing) -> Importing:
    on_sqlite.system(**HOW)
    on_sqlite.sent(row())
    return on_sqlite


BY_PEOPLE: Mapping[str, Any] = {
    "interventions": (Intervention(kind="tocilizumab", start=PartialTime("2026-03-05")),),
    "facts": {"symptomatic": True, "transfusion_indicated": False},
    "part_of": "edc:S-01|AE|A0",
    "causality": (Causality(agent="IC19", relatedness="unrelated", assessor="sponsor"),),
    "seriousness": Seriousness(hospitalisation=True),
    "reported_grades": (ReportedGrade(grade=2, source="site"),),
    "baseline_grade": 1,
}


@pytest.mark.parametrize("name", BY_PEOPLE)
def test_what_no_row_tells_stays(begun: Importing, name: str) -> None:
    record(begun, **{name: BY_PEOPLE[name]})
    assert told(begun, row(grade=2)) == {}
    assert getattr(event(begun), name) == BY_PEOPLE[name]
    assert event(begun).worst_grade == 2
    assert told(begun, row(grade=1)) == {}  # what an import wrote meanwhile is a person's still
    assert getattr(event(begun), name) == BY_PEOPLE[name]


def test_rows_add_to_what_people_recorded(begun: Importing) -> None:
    record(begun, **BY_PEOPLE)
    sent = row(2, "POSSIBLE", "Y", "dexamethasone", "", "")
    assert told(begun, sent) == {}
    found = event(begun)
    assert {each.kind for each in found.interventions or ()} == {"tocilizumab", "corticosteroid"}
    assert {each.assessor for each in found.causality} == {"sponsor", "investigator"}
    told(begun, row(2))  # what the rows told themselves goes when they tell it no more
    assert event(begun).interventions == BY_PEOPLE["interventions"]
    assert event(begun).causality == BY_PEOPLE["causality"]


def test_rows_that_name_a_treatment_leave_when_it_was_given(begun: Importing) -> None:
    record(begun, interventions=BY_PEOPLE["interventions"])
    assert told(begun, row(3, "", "Y", "tocilizumab")) == {}
    assert event(begun).interventions == BY_PEOPLE["interventions"]


@pytest.mark.parametrize(
    ("recorded", "sent", "name"),
    [
        ({"facts": {"symptomatic": True}}, row(fact="N"), "facts"),
        ({"seriousness": Seriousness(hospitalisation=True)}, row(hosp="N"), "seriousness"),
        ({"interventions": BY_PEOPLE["interventions"]}, row(treated="N"), "interventions"),
        ({"worst_grade": 2}, row(grade=3, fact="Y"), "worst_grade"),
        ({"term": "Anemia"}, row(fact="Y"), "term"),
    ],
)
def test_where_a_row_tells_another_value_it_holds_and_that_is_told_once(
    begun: Importing, recorded: dict[str, Any], sent: str, name: str
) -> None:
    record(begun, **recorded)
    assert told(begun, sent) == {"recorded_otherwise": 1}
    assert getattr(event(begun), name) != recorded[name]
    held = begun.held("adverse_event")[KEY]
    assert f'"pointer":"/{name}"' in held.findings.replace(" ", "")
    assert told(begun, sent + "\n") == {}


def test_what_a_person_took_out_comes_back_with_its_row_and_that_is_told(begun: Importing) -> None:
    told(begun, row(fact="Y"))
    record(begun, facts={})
    assert told(begun, row(grade=2, fact="Y")) == {"recorded_otherwise": 1}
    assert event(begun).facts == {"symptomatic": True}


def test_a_correction_of_rows_alone_is_told_as_a_change_and_no_more(begun: Importing) -> None:
    told(begun, row(fact="Y", hosp="Y", treated="Y", by="tocilizumab"))
    assert told(begun, row(fact="N", hosp="N", treated="N")) == {}
    assert event(begun).facts == {"symptomatic": False}
    told(begun, row() + "\n")
    assert event(begun).facts == {}
    assert event(begun).interventions is None


PATIENT = DM.replace("BRTHDTC", "BRTHDTC,ARMCD").replace("02-03", "02-03,{}").replace("07", "07,")


def test_a_blank_takes_nothing_back_of_a_patient_and_is_told(on_sqlite: Importing) -> None:
    on_sqlite.system(**HOW)
    assert told(on_sqlite, PATIENT.format("ARM-1")) == {}
    assert told(on_sqlite, PATIENT.format("")) == {"told_no_more": 1}
    assert on_sqlite.contents("subject")["S-01"]["dose_level"] == "1"
    on_sqlite.put("subject", "S-01", SubjectData(sex="female", birth_year=1990, site="01"))
    assert told(on_sqlite, PATIENT.format("") + "\n") == {}
    assert "dose_level" not in on_sqlite.contents("subject")["S-01"]


def test_what_a_person_recorded_otherwise_of_a_patient_is_told(on_sqlite: Importing) -> None:
    on_sqlite.system(**HOW)
    gone = Withdrawal(date=PartialTime("2026-04-01"), reason=None)
    on_sqlite.put("subject", "S-01", SubjectData(dose_level="2", withdrawal=gone))
    assert told(on_sqlite, PATIENT.format("ARM-1")) == {"recorded_otherwise": 1}
    found = on_sqlite.contents("subject")["S-01"]
    assert found["dose_level"] == "1"
    assert found["withdrawal"] == {"date": "2026-04-01"}
