"""A study that is exported and imported into another has the same events and the same verdicts.

Patients and their infusions are recorded there by hand: an export tells of events alone.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest

from app.domain.record.row_findings import ROW_CODES
from app.interchange.identity import made_key
from tests.imports.http import Sending
from tests.interchange.exports.reading import FORMATS, SYSTEM
from tests.record.service import by_source, event, new_study, of_study

pytestmark = pytest.mark.anyio

OTHER: Final = "OTHER"
HOW: Final = {"grade_collection": "row_per_grade", "episode_end": "grade"}
MEDIA: Final = {
    "sdtm-csv": ("sdtm-csv", "text/csv"),
    "dataset-json": ("dataset-json", "application/json"),
    "dataset-ndjson": ("dataset-json", "application/x-ndjson"),
    "fhir-ndjson": ("fhir", "application/fhir+ndjson"),
}
"""As what each export is imported."""
FROM, TO = "2026-03-05T08:00+08:00", "2026-03-09T08:00+08:00"
SEVERE: Final = ((3, FROM), (0, TO))
SPONSOR: Final = {"agent": "IC19", "relatedness": "unrelated", "assessor": "sponsor"}
EVENTS: Final[Mapping[str, dict[str, Any]]] = {
    "crs": event(
        (3, FROM),
        (1, "2026-03-07T20:00+08:00"),
        term="Cytokine release syndrome",
        ongoing=True,
        interventions=[{"kind": "tocilizumab", "start": FROM, "ongoing": False}, "oxygen"],
        reported_grades=[{"grade": 2, "scale": "Lee 2014", "source": "site", "on": FROM}],
    ),
    "hypotension": event(
        *SEVERE, term="Hypotension", part_of="crs", interventions=["norepinephrine"]
    ),
    "hypotension alone": event(
        *SEVERE, term="Hypotension", interventions=["norepinephrine"], other_crs_symptoms=[]
    ),
    "same": event(*SEVERE, synonym_of="edc:hypotension", term="Hypotension", part_of="nothing"),
    "anemia": event(
        (3, FROM),
        term="Anemia",
        laboratory=True,
        baseline_grade=2,
        ongoing=True,
        ongoing_as_of=TO,
        assessments=[{"on": FROM, "grade": 3}, {"on": "2026-03-07", "grade": None}],
        facts={"transfusion_indicated": True, "haemoglobin": "72.50 g/L", "asked": None},
    ),
    "enzyme": event(
        *SEVERE,
        term="Alanine aminotransferase increased",
        clinically_significant=True,
        significance={"value": False, "assessor_role": "investigator", "on": "2026-03-06"},
    ),
    "judged": event(
        (4, FROM),
        causality=[{**SPONSOR, "on": "2026-03-06"}, {**SPONSOR, "on": "2026-03-05"}],
        alternative_causes=[{"cause": "disease progression", "assessor": "investigator"}],
        seriousness={"life_threatening": False},
    ),
    "unknown": event((None, "2026-03"), worst_grade=3, baseline_grade=None, ongoing=False),
    "none": event(assessments=[{"on": FROM, "grade": 4}], term="Platelet count decreased"),
}
"""Every field that a verdict may rest on, in one event or another."""


def on(day: int) -> str:
    return f"2026-03-{day:02}T12:00:00+08:00"


async def fill(sending: Sending, study: str) -> None:
    """A study with a patient who was infused, and no events yet."""
    service = sending.service
    await service.done("POST", "/v1/studies", new_study(id=study), at=on(1))
    infused = {"exposures": [{"agent": "IC19", "start": "2026-03-01T10:00:00+08:00"}]}
    await service.done("PUT", of_study("subjects/S-01", study), infused, at=on(2))


async def exported(sending: Sending, wanted: str) -> str:
    query = {"format": wanted}
    answer = await sending.service.client.get(of_study("exports/adverse-events"), params=query)
    assert answer.status_code == 200, answer.text
    return answer.text


async def imported(sending: Sending, wanted: str, **query: str) -> dict[str, Any]:
    """The export of the first study, imported into the other: what became of its rows."""
    format_, media = MEDIA[wanted]
    path = of_study("imports", OTHER)
    text = await exported(sending, wanted)
    answer = await sending.post(text, path, media, system="copy", format=format_, **query)
    assert answer.status_code in {200, 202}, answer.text
    sending.work()
    job = await sending.job(answer.json()["id"])
    assert job["state"] == "succeeded", job
    counts: dict[str, Any] = job["counts"]
    assert counts.get("rejected", 0) == 0, counts
    return counts


async def contents(sending: Sending, study: str) -> dict[str, Any]:
    page = await sending.service.get(of_study("adverse-events", study), limit=200)
    return {each["key"]: each for each in page["items"]}


async def judged(sending: Sending, study: str, names: Mapping[str, str]) -> dict[str, Any]:
    """What is said of each event, by its key in the first study."""
    told = await sending.service.get(of_study("subjects/S-01/adjudication", study))
    said = (
        "verdict", "criterion", "exception", "established_at", "becomes_dlt_at", "open",
        "refer_to_committee",
    )  # fmt: skip
    verdicts = {
        names.get(each["id"], each["id"]): {
            **{name: each[name] for name in said},
            "missing": [(one["field"], one["would_settle"]) for one in each["missing"]],
        }
        for each in told["verdicts"]["events"]
    }
    assert len(verdicts) == len(EVENTS)
    return verdicts


NAMES: Final = {
    f"copy:{made_key('S-01', 'AE', ('AEGRPID', f'edc:{key}'))}": f"edc:{key}"
    for key in (*EVENTS, "none alone")
}
"""The keys of events in the first study by those in the other."""


@pytest.fixture
async def filled(sending: Sending) -> Sending:
    """Two studies with one patient, whose events only the first knows."""
    for study in ("IC19-SLE", OTHER):
        await fill(sending, study)
    await sending.service.done("PUT", of_study("source-systems/copy", OTHER), HOW)
    for key, body in EVENTS.items():
        await sending.service.done("PUT", by_source(key), body, at=on(10))
    return sending


def test_the_settings_are_those_of_the_page() -> None:
    assert {name: getattr(SYSTEM, name) for name in HOW} == HOW


@pytest.mark.parametrize("wanted", FORMATS)
async def test_events_and_verdicts_are_the_same_there(filled: Sending, wanted: str) -> None:
    assert "findings" not in await imported(filled, wanted)
    here, there = await contents(filled, "IC19-SLE"), await contents(filled, OTHER)
    assert {NAMES[key] for key in there} == here.keys()
    names = {own: key for key, own in NAMES.items()}
    for key, each in there.items():
        codes = ["link_not_found"] if NAMES[key] == "edc:same" else []
        assert [one["code"] for one in each["findings"] if one["code"] in ROW_CODES] == codes
        own = dict(here[NAMES[key]]["content"])
        if NAMES[key] == "edc:crs":  # what goes on did so when it was told
            assert each["content"]["ongoing_as_of"] == "2026-03-10T04:00:00Z"
            own["ongoing_as_of"] = each["content"]["ongoing_as_of"]
        linked = {
            name: names[f"edc:{own[name].removeprefix('edc:')}"].removeprefix("copy:")
            for name in ("part_of", "synonym_of")
            if own.get(name, "nothing") != "nothing"
        }
        assert each["content"] == {**own, **linked}
    before = await judged(filled, "IC19-SLE", {})
    assert await judged(filled, OTHER, NAMES) == before
    assert len({each["verdict"] for each in before.values()}) > 2


async def test_another_format_of_the_same_changes_nothing(filled: Sending) -> None:
    await imported(filled, "sdtm-csv")
    first = await contents(filled, OTHER)
    for wanted in ("dataset-json", "dataset-ndjson"):
        counts = await imported(filled, wanted)
        assert counts["unchanged"] == counts["rows"], counts
    assert await contents(filled, OTHER) == first


CHANGES: Final[Mapping[str, Any]] = {
    "interventions": [
        {"kind": "norepinephrine", "start": FROM},
        {"kind": "oxygen"},
        {"kind": "norepinephrine"},
    ],
    "facts": {"transfusion_indicated": False, "asked": None},
    "baseline_grade": 1,
    "assessments": [{"on": TO, "grade": 2}, {"on": TO, "grade": 2}],
    "laboratory": False,
    "alternative_causes": [],
    "other_crs_symptoms": ["fever"],
    "synonym_of": "elsewhere",
    "significance": {"value": True},
    "reported_grades": [{"grade": 1}, {"grade": 1}],
    "causality": [{**SPONSOR, "on": TO}, {"agent": "B"}, {**SPONSOR, "relatedness": "possible"}],
}


@pytest.mark.parametrize("wanted", ["sdtm-csv", "fhir-ndjson"])
async def test_a_correction_follows_with_the_next_export(filled: Sending, wanted: str) -> None:
    await imported(filled, wanted)
    key = next(each for each, own in NAMES.items() if own == "edc:hypotension alone")
    before = (await contents(filled, OTHER))[key]["content"]
    body = EVENTS["hypotension alone"]
    for day, changes in ((11, CHANGES), (12, {})):
        path = by_source("hypotension alone")
        await filled.service.done("PUT", path, {**body, **changes}, at=on(day))
        counts = await imported(filled, wanted)
        assert "recorded_otherwise" not in counts.get("findings", {}), counts
        held = (await contents(filled, OTHER))[key]["content"]
        assert {**before, **changes} == (held if changes else before)
        if not changes:
            assert held == before


@pytest.mark.parametrize("wanted", ["sdtm-csv", "fhir-ndjson"])
async def test_a_row_that_a_later_export_has_no_more_is_told_until_a_snapshot_voids_it(
    filled: Sending, wanted: str
) -> None:
    """Else an event that goes on at its source would be over in the copy, and nobody knew."""
    key = next(each for each, own in NAMES.items() if own == "edc:none alone")
    how = {**HOW, "absent_void_share": 0.1}
    await filled.service.done("PUT", of_study("source-systems/copy", OTHER), how)
    body = event(*SEVERE, term="Nausea")
    await filled.service.done("PUT", by_source("none alone"), body, at=on(11))
    await imported(filled, wanted)
    body = {**body, "grades": body["grades"][:1]}
    await filled.service.done("PUT", by_source("none alone"), body, at=on(12))
    assert (await imported(filled, wanted))["findings"] == {"returned_incomplete": 1}
    held = (await contents(filled, OTHER))[key]
    assert [each["grade"] for each in held["content"]["grades"]] == [3, 0]
    whole = {"semantics": "snapshot", "extract": "2", "absent": "void", "reason_code": "EXPORTED"}
    counts = await imported(filled, wanted, **whole)
    assert counts["absent_voided"] == 1
    held = (await contents(filled, OTHER))[key]
    assert [each["grade"] for each in held["content"]["grades"]] == [3]


async def test_what_people_record_there_stays_as_long_as_no_export_tells_it(
    filled: Sending,
) -> None:
    await imported(filled, "sdtm-csv")
    key = next(each for each, own in NAMES.items() if own == "edc:unknown")
    held = (await contents(filled, OTHER))[key]["content"]
    path = of_study(f"adverse-events/by-source/copy/{key.removeprefix('copy:')}", OTHER)
    recorded = {**held, "subject": "S-01", "baseline_grade": 2, "clinically_significant": True}
    await filled.service.done("PUT", path, recorded, at=on(11))
    body = EVENTS["unknown"]
    await filled.service.done("PUT", by_source("unknown"), {**body, "worst_grade": 4}, at=on(12))
    assert "findings" not in await imported(filled, "sdtm-csv")
    told = (await contents(filled, OTHER))[key]["content"]
    assert (told["worst_grade"], told["baseline_grade"]) == (4, 2)
    body = {**body, "baseline_grade": 3}
    await filled.service.done("PUT", by_source("unknown"), body, at=on(13))
    counts = await imported(filled, "sdtm-csv")
    assert counts["findings"] == {"recorded_otherwise": 1}
    told = (await contents(filled, OTHER))[key]
    assert (told["content"]["baseline_grade"], told["content"]["clinically_significant"]) == (
        3,
        True,
    )


async def test_a_cell_that_cannot_be_read_is_told_with_the_record(filled: Sending) -> None:
    whole = json.loads(await exported(filled, "dataset-json"))
    names = [each["name"] for each in whole["columns"]]
    for row in whole["rows"]:
        if row[names.index("AEGRPID")] == "edc:anemia":
            row[names.index("DLTFACT")] = "{"
    path = of_study("imports", OTHER)
    text = json.dumps(whole)
    answer = await filled.post(text, path, "application/json", system="copy")
    filled.work()
    job = await filled.job(answer.json()["id"])
    assert job["state"] == "succeeded"
    key = next(each for each, own in NAMES.items() if own == "edc:anemia")
    record = (await contents(filled, OTHER))[key]
    found = [each for each in record["findings"] if each["code"] in ROW_CODES]
    assert [(each["code"], each["pointer"]) for each in found] == [
        ("returned_unreadable", "/facts")
    ]
    assert "facts" not in record["content"]
    assert record["content"]["baseline_grade"] == 2
