"""A case that is stored is judged as one that is sent: the stored path is the stateless one.

The case files stand beside the repository, in `../shared/cases`; where they do not, those tests
are skipped, and the repository's own cases remain.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from pydantic import TypeAdapter

from app.data.samples import samples
from app.domain.case import Event, Subject
from tests.builders import LATER, SHANGHAI, caused_by, event, subject
from tests.golden.ct1192.test_verdicts import CT1192
from tests.golden.lcar_aio.test_verdicts import LCAR_AIO
from tests.golden.test_shared_cases import mismatches
from tests.oracle.requests import cases
from tests.record.service import Service, at_database
from tests.record.two_paths import stateless, stored
from tests.store.databases import copy_of

pytestmark = pytest.mark.anyio

CASES = Path(__file__).parents[3] / "shared" / "cases" / "ic19-adjudication.json"
IC19 = {"id": "NCT06886919", "version": "1"}
SUBJECT = TypeAdapter(Subject)
EACH_WITH_ITS_DATABASE = settings(
    max_examples=max(20, settings.default.max_examples // 10 if settings.default else 0),
    suppress_health_check=[HealthCheck.too_slow],
)

CRS_OF_73_HOURS = event(
    "Cytokine release syndrome",
    (3, "2026-03-03T08:00+08:00"),
    (2, "2026-03-06T09:00+08:00"),
    id="AE-2",
)
HYPOTENSION = event("Hypotension", (4, "2026-03-03"), (0, "2026-03-04"), part_of="AE-2")
OWN_CASES: Mapping[str, tuple[Event, ...]] = {
    "grade 4": (event("Lung infection", (4, "2026-03-05"), (0, "2026-03-06")),),
    "grade 3 within 7 days": (event("Lung infection", (3, "2026-03-05"), (2, "2026-03-12")),),
    "an exception": (
        event("Neutropenia", (4, "2026-03-05"), (3, "2026-04-02"), clinically_significant=True),
    ),
    "ongoing up to a day": (
        event("Lung infection", (3, "2026-03-05"), ongoing=True, ongoing_as_of="2026-03-10"),
    ),
    "ongoing without saying so": (event("Lung infection", (3, "2026-03-05"), ongoing=None),),
    "ongoing, and nobody says up to when": (
        event("Lung infection", (3, "2026-05-28"), ongoing=True),
    ),
    "a month": (event("Lung infection", (4, "2026-03"), (0, "2026-04-10")),),
    "no causality": (event("Lung infection", (4, "2026-03-05"), causality=[]),),
    "assessors who differ": (
        event(
            "Lung infection",
            (4, "2026-03-05"),
            causality=[*caused_by("possible"), *caused_by("unrelated", "sponsor")],
        ),
    ),
    "baseline unknown": (event("Lung infection", (4, "2026-03-01"), baseline_grade=None),),
    "order contradicted": (event("Lung infection", (3, "2026-03-10"), (0, "2026-03-05")),),
    "assessments only": (
        event(
            "Neutropenia",
            assessments=[{"on": "2026-03-05", "grade": 4}, {"on": "2026-04-08", "grade": 2}],
            clinically_significant=True,
        ),
    ),
    "a symptom of a syndrome": (HYPOTENSION, CRS_OF_73_HOURS),
    "a duplicate": (
        CRS_OF_73_HOURS,
        event("CRS", (3, "2026-03-03T08:00+08:00"), id="AE-3", synonym_of="AE-2"),
    ),
    "a link that leads nowhere": (
        event("Hypotension", (3, "2026-03-03"), (0, "2026-03-05"), part_of="AE-9"),
    ),
    "a word that the dictionary does not know": (event("Something else", (4, "2026-03-05")),),
    "no event": (),
}
OWN_PATIENTS: Mapping[str, Mapping[str, Any]] = {
    "infused twice": {"infused": ("2026-03-01T10:00+08:00", "2026-04-20")},
    "infused on a day": {"infused": ("2026-03-05",)},
    "infused, nobody knows when": {"infused": (None,)},
    "not infused": {"infused": ()},
    "died": {"death": {"date": "2026-03-10", "cause": "accident"}},
    "withdrawn": {"withdrawal": {"date": "2026-03-10"}},
    "lost": {"follow_up_until": "2026-03-10"},
    "in New York": {"time_zone": "America/New_York"},
    "in a phase, at a dose level": {"phase": "escalation", "dose_level": "2"},
}


def shared_cases() -> list[Any]:
    if not CASES.is_file():
        skipped = pytest.mark.skip(reason="../shared/cases/ic19-adjudication.json is not there")
        return [pytest.param({}, marks=skipped, id="shared-cases")]
    found = json.loads(CASES.read_text("utf-8"))["cases"]
    return [pytest.param(case, id=f"{case['id']} {case['title']}") for case in found]


def request_of(
    patient: Subject, *, as_of: str = LATER, protocol: Mapping[str, str] = IC19
) -> dict[str, Any]:
    written = SUBJECT.dump_python(patient, mode="json", by_alias=True)
    return {"protocol": protocol, "as_of": as_of, "time_zone": SHANGHAI, "subject": written}


@pytest.mark.parametrize("case", shared_cases())
async def test_a_shared_case_that_is_stored_is_judged_as_one_that_is_sent(
    service: Service, case: dict[str, Any]
) -> None:
    sent = await stateless(service, case["request"])
    kept = await stored(service, case["request"])
    assert kept == sent
    expected = {**kept, "events": list(kept["events"].values())}
    assert mismatches(case["expect"], expected) == []


@pytest.mark.parametrize("name", list(OWN_CASES))
async def test_an_own_case_that_is_stored_is_judged_as_one_that_is_sent(
    service: Service, name: str
) -> None:
    request = request_of(subject(*OWN_CASES[name]))
    sent = await stateless(service, request)
    assert await stored(service, request) == sent


async def test_so_are_assessments_of_components(service: Service) -> None:
    reported = event("Cytokine release syndrome", (1, "2026-03-03"), (0, "2026-03-06"))
    untold = event("Cytokine release syndrome", id="AE-2")
    components = {"temperature": "39", "temperature_unit": "C", "hypotension": True}
    shown = {"scale": "crs", "on": "2026-03-04T10:00+08:00", "components": components}
    assessments = [{**shown, "event": each} for each in ("AE-1", "AE-2", "AE-9", None)]
    request = request_of(subject(reported, untold, assessments=assessments))
    sent = await stateless(service, request)
    assert "computed_grade_differs" in str(sent["events"]["AE-1"])
    assert await stored(service, request) == sent


@pytest.mark.parametrize("name", list(OWN_PATIENTS))
async def test_so_is_whatever_else_befell_the_patient(service: Service, name: str) -> None:
    still_there = event("Lung infection", (2, "2026-03-04"), (3, "2026-03-08T09:00"), ongoing=True)
    request = request_of(subject(still_there, **OWN_PATIENTS[name]))
    sent = await stateless(service, request)
    assert await stored(service, request) == sent


@pytest.mark.parametrize(
    "as_of",
    [
        "2026-03-28",
        "2026-03-29",
        "2026-03-30T00:00+08:00",
        "2026-03-12T23:59:59.999999+08:00",
        "2026-03-13T00:00+08:00",
    ],
)
async def test_so_is_it_at_every_cut_around_a_limit(service: Service, as_of: str) -> None:
    """An instant is inside the cut, and a day's own midnight is not."""
    request = request_of(
        subject(event("Lung infection", (3, "2026-03-05"), ongoing=True)), as_of=as_of
    )
    sent = await stateless(service, request)
    assert await stored(service, request) == sent


@pytest.mark.parametrize("trial", [CT1192, LCAR_AIO], ids=["CT1192", "LCAR-AIO"])
async def test_so_is_it_by_another_protocol(service: Service, trial: Any) -> None:
    patient = subject(trial.event("Lung infection", (3, "2026-03-05")), phase="escalation")
    request = request_of(patient, protocol={"id": trial.protocol_id})
    request["subject"]["exposures"][0]["agent"] = trial.agent
    sent = await stateless(service, request)
    assert await stored(service, request) == sent


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.title)
async def test_so_are_the_samples_of_the_demonstration(service: Service, sample: Any) -> None:
    sent = await stateless(service, sample.request)
    assert await stored(service, sample.request) == sent


@given(case=cases())
@EACH_WITH_ITS_DATABASE
async def test_a_stored_case_is_judged_as_a_sent_one(
    sqlite_template: Path, case: dict[str, Any]
) -> None:
    request = {"protocol": IC19, **case}
    with TemporaryDirectory() as folder:
        database = copy_of(sqlite_template, Path(folder))
        with at_database(database) as service:
            sent = await stateless(service, request)
            assert await stored(service, request) == sent
        database.close()
