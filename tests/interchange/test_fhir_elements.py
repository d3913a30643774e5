"""Elements of a resource: whose it is, which it is, and what is refused at its place."""

from typing import Any

import pytest

from app.domain.time import PartialTime
from tests.interchange.fhir_examples import (
    NCIT,
    bad_row_of,
    concept,
    extension,
    ndjson,
    r4_event,
    r5_event,
    read,
    row_of,
    without,
)

THO = "http://terminology.hl7.org/CodeSystem"
AGENT = {"reference": "MedicationAdministration/ex-1"}
POSSIBLY = concept(NCIT, "C53258", "Possibly Related")


@pytest.mark.parametrize(
    "where",
    [
        {},
        {"suspectEntity": [{"instance": AGENT}]},
        {"event": {"text": "sick"}},
    ],
)
def test_an_unknown_modifier_is_refused_by_its_url(where: Any) -> None:
    modifier = [extension("https://example.org/did-not-happen", valueBoolean=True)]
    if not where:
        event = r4_event(modifierExtension=modifier)
    elif "event" in where:
        event = r4_event(event={**where["event"], "modifierExtension": modifier})
    else:
        event = r4_event(suspectEntity=[{"instance": AGENT, "modifierExtension": modifier}])
    refused = bad_row_of(event)

    assert refused.code == "unknown_modifier"
    assert "https://example.org/did-not-happen" in refused.problem


def test_rules_that_are_not_known_are_refused() -> None:
    assert (
        bad_row_of(r4_event(implicitRules="https://example.org/rules")).code == "unknown_modifier"
    )


@pytest.mark.parametrize(
    ("subject", "told"),
    [
        ({"reference": "Patient/pt-1"}, "pt-1"),
        ({"reference": "https://server/fhir/Patient/pt-1"}, "pt-1"),
        ({"reference": "Patient/pt-1/_history/3"}, "pt-1"),
        ({"identifier": {"system": "urn:site", "value": "1001"}}, "1001"),
        (
            {
                "type": "http://hl7.org/fhir/StructureDefinition/Patient",
                "identifier": {"value": "1001"},
            },
            "1001",
        ),
        ({"reference": "ResearchSubject/rs-1"}, "ResearchSubject/rs-1"),
        ({"reference": "urn:uuid:1b4e", "type": "Patient"}, "urn:uuid:1b4e"),
    ],
)
def test_whose_the_event_is(subject: Any, told: str) -> None:
    assert row_of(r4_event(subject=subject)).subject == told


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        (None, "no_subject"),
        ({"display": "Mr. X"}, "no_subject"),
        ({"reference": "Group/g"}, "not_a_patient"),
        ({"reference": "Patient?identifier=1"}, "bad_element"),
        ("Patient.pt-1", "bad_element"),
        ({"reference": 7}, "bad_element"),
    ],
)
def test_an_event_of_no_patient_is_refused(subject: Any, code: str) -> None:
    assert bad_row_of(r4_event(subject=subject)).code == code


def test_an_event_without_an_id_is_known_by_its_identifier_or_refused() -> None:
    event = without(r4_event(), "id")

    assert row_of(event | {"identifier": {"system": "s", "value": "7"}}).key == (
        "AdverseEvent?identifier=s|7"
    )
    assert bad_row_of(event).code == "no_identity"


@pytest.mark.parametrize(
    ("version", "sequence"), [("3", 3), ("0", 0), ("v3", None), ("-1", None), ("9" * 30, None)]
)
def test_versions_order_where_they_are_numbers(version: str, sequence: int | None) -> None:
    assert row_of(r4_event(meta={"versionId": version})).source.sequence == sequence


@pytest.mark.parametrize(
    ("updated", "time"),
    [
        ("2026-03-05T08:00:00.123Z", "2026-03-05T08:00:00.123Z"),
        ("2026-03-05", None),
        ("yesterday", None),
    ],
)
def test_when_it_was_updated(updated: str, time: str | None) -> None:
    source = row_of(r4_event(meta={"lastUpdated": updated})).source

    assert source.time == (PartialTime(time) if time else None)


@pytest.mark.parametrize(
    ("elements", "where"),
    [
        ({"event": "Nausea"}, "AdverseEvent.event"),
        ({"event": {"text": 7}}, "AdverseEvent.event.text"),
        ({"event": {"coding": ["Nausea"]}}, "AdverseEvent.event.coding"),
        ({"event": [{"text": "a"}, {"text": "b"}]}, "AdverseEvent.event"),
        ({"date": 2026}, "AdverseEvent.date"),
        ({"date": True}, "AdverseEvent.date"),
        ({"meta": "new"}, "AdverseEvent.meta"),
        ({"id": 7}, "AdverseEvent.id"),
        ({"suspectEntity": [[]]}, "AdverseEvent.suspectEntity"),
        ({"extension": ["x"]}, "AdverseEvent.extension"),
        ({"event": {"text": "a\x00b"}}, "AdverseEvent.event.text"),
        ({"event": {"text": "\ud800"}}, "AdverseEvent.event.text"),
    ],
)
def test_an_element_of_another_type_is_refused_at_its_place(elements: Any, where: str) -> None:
    refused = bad_row_of(r4_event(**elements))

    assert refused.code == "bad_element"
    assert refused.problem.startswith(f"{where} is ")


def test_one_element_under_two_names_is_refused() -> None:
    assert bad_row_of(r4_event(code={"text": "x"})).code == "contradiction"
    assert bad_row_of(r5_event(date="2026-03-05")).code == "contradiction"
    assert bad_row_of(
        without(r5_event(), "occurrenceDateTime") | {"occurrenceTiming": {}}
    ).code == ("bad_element")


def test_what_nobody_reads_is_passed_over() -> None:
    event = r4_event(note=[{"text": "x"}], unheardOf={"a": [1, 2]}, recorder=7)

    assert read(ndjson(event)) == read(ndjson(r4_event()))
