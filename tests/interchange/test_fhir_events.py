"""AdverseEvent: R4 and R5 become the same row of AE, and nothing is read that was not said."""

from typing import Any

import pytest

from tests.interchange.fhir_examples import (
    ABSENT,
    BACKPORT,
    NCIT,
    R4_GRADE,
    R4_GRADES,
    R5_GRADE,
    bad_row_of,
    concept,
    extension,
    left_out_of,
    r4_event,
    r5_event,
    row_of,
    without,
)

THO = "http://terminology.hl7.org/CodeSystem"
AGENT = {"reference": "MedicationAdministration/ex-1"}
POSSIBLY = concept(NCIT, "C53258", "Possibly Related")


def graded(url: str, value: Any) -> Any:
    return extension(url, valueCodeableConcept=value)


def test_r4_and_r5_of_one_event_are_the_same_row() -> None:
    r4 = r4_event(
        extension=[
            graded(R4_GRADE, concept(R4_GRADES, "3")),
            extension(
                "http://hl7.org/fhir/us/ctcae/StructureDefinition/adverse-event-resolved-date",
                valueDateTime="2026-03-09",
            ),
        ],
        recordedDate="2026-03-10",
        severity=concept(f"{THO}/adverse-event-severity", "severe", "Severe"),
        seriousness=concept(NCIT, "C41336", "Non-serious Adverse Event"),
        outcome=concept(f"{THO}/adverse-event-outcome", "resolved"),
        suspectEntity=[{"instance": AGENT, "causality": [{"assessment": POSSIBLY}]}],
    )
    r5 = without(r5_event(), "occurrenceDateTime") | {
        "occurrencePeriod": {"start": "2026-03-05", "end": "2026-03-09"},
        "extension": [
            graded(R5_GRADE, concept(NCIT, "C41340", text="Grade 3 Severe Adverse Event")),
            graded(
                "http://hl7.org/fhir/uv/ae-research-ig/StructureDefinition/ae-severity",
                concept(f"{THO}/adverse-event-severity", "severe"),
            ),
        ],
        "recordedDate": "2026-03-10",
        "seriousness": concept(f"{THO}/adverse-event-seriousness", "non-serious"),
        "outcome": [concept(NCIT, "C49498", "Recovered/Resolved")],
        "suspectEntity": [
            {"instanceReference": AGENT, "causality": {"entityRelatedness": POSSIBLY}}
        ],
    }
    of_r4, of_r5 = row_of(r4), row_of(r5)

    assert of_r4.fields == {
        "AETERM": "sick",
        "AELLT": "Nausea",
        "AELLTCD": "10028813",
        "AESTDTC": "2026-03-05",
        "AEENDTC": "2026-03-09",
        "AEDTC": "2026-03-10",
        "AETOXGR": "3",
        "AESEV": "SEVERE",
        "AESER": "N",
        "AEOUT": "RECOVERED/RESOLVED",
        "AEREFID": "ae-1",
    }
    assert of_r5.fields == {**of_r4.fields, "STATUS": "completed"}
    assert (
        of_r5.related == of_r4.related == (("MedicationAdministration.ex-1", "Possibly Related"),)
    )
    assert (
        (of_r4.key, of_r4.subject) == (of_r5.key, of_r5.subject) == ("AdverseEvent.ae-1", "pt-1")
    )


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (concept("urn:oid:2.16.840.1.113883.6.163", "10028813"), {"AELLTCD": "10028813"}),
        (concept(NCIT, "C146764", "Nausea"), {"AENCIT": "Nausea", "AENCITCD": "C146764"}),
        (
            concept("http://snomed.info/sct", "422587007", "Nausea"),
            {"AECODING": "http://snomed.info/sct|422587007 Nausea"},
        ),
        ({"text": "吐き気"}, {}),
    ],
)
def test_each_coding_system_has_its_own_variables(event: Any, told: dict[str, str]) -> None:
    fields = dict(row_of(r4_event(event=event)).fields)

    assert fields.pop("AETERM") in {"Nausea", "10028813", "吐き気"}
    assert {name: fields[name] for name in fields if name[:4] in {"AELL", "AENC", "AECO"}} == told


@pytest.mark.parametrize(
    "elements", [{}, {"date": "2026"}, {"code": {"text": 7}}, {"actuality": None}]
)
def test_the_status_of_an_error_takes_the_row_back_whatever_it_holds(elements: Any) -> None:
    row = row_of(r5_event(status="entered-in-error", **elements))

    assert (row.change, row.reason, row.key) == (
        "removed",
        "entered-in-error",
        "AdverseEvent.ae-1",
    )


def test_what_might_have_happened_is_left_out() -> None:
    assert left_out_of(r4_event(actuality="potential")) == (
        "AdverseEvent that was potential, not actual"
    )
    assert bad_row_of(without(r4_event(), "actuality")).code == "bad_element"
    assert bad_row_of(r4_event(actuality="maybe")).code == "bad_element"


@pytest.mark.parametrize(
    ("elements", "told"),
    [
        (
            {"_date": {"extension": [extension(ABSENT, valueCode="asked-unknown")]}},
            {"AESTDTC_ABSENT": "asked-unknown"},
        ),
        (
            {"outcome": {"extension": [extension(ABSENT, valueCode="masked")]}},
            {"AEOUT_ABSENT": "masked"},
        ),
        (
            {
                "extension": [
                    extension(
                        R4_GRADE,
                        valueCodeableConcept={
                            "extension": [extension(ABSENT, valueCode="unknown")]
                        },
                    )
                ]
            },
            {"AETOXGR_ABSENT": "unknown"},
        ),
    ],
)
def test_why_something_is_absent_is_kept(elements: Any, told: dict[str, str]) -> None:
    fields = row_of(without(r4_event(), "date") | elements).fields

    assert {name: fields[name] for name in fields if name.endswith("_ABSENT")} == told
    assert not {"AESTDTC", "AEOUT", "AETOXGR"} & fields.keys()


def test_when_it_was_noticed_is_no_start() -> None:
    fields = row_of(without(r4_event(detected="2026-03-06"), "date")).fields

    assert fields["AEDETDTC"] == "2026-03-06"
    assert "AESTDTC" not in fields


@pytest.mark.parametrize("time", ["2026", "2026-03", "2026-03-05T08:00:00+08:00", "05 MAR 2026"])
def test_times_are_kept_as_written(time: str) -> None:
    assert row_of(r4_event(date=time)).fields["AESTDTC"] == time


@pytest.mark.parametrize(
    ("entity", "judged"),
    [
        ({"instance": AGENT, "causality": [{"assessment": {"text": "related"}}]}, "related"),
        ({"instance": AGENT, "causality": [{"assessment": concept(NCIT, "C53259")}]}, "C53259"),
        ({"instance": AGENT}, None),
        ({"instance": AGENT, "causality": [{"productRelatedness": "x"}]}, None),
    ],
)
def test_the_word_of_a_judgement_is_kept_as_written(entity: Any, judged: str | None) -> None:
    told = (("MedicationAdministration.ex-1", judged),) if judged else ()

    assert row_of(r4_event(suspectEntity=[entity])).related == told


@pytest.mark.parametrize(
    ("instance", "agent"),
    [
        ({"instance": {"reference": "https://server/fhir/MedicationAdministration/ex-1"}},
         "MedicationAdministration.ex-1"),
        ({"instance": {"reference": "MedicationAdministration/ex-1/_history/2", "display": "x"}},
         "MedicationAdministration.ex-1"),
        ({"instance": {"reference": "Medication/m", "display": "IC19"}}, "IC19"),
        ({"instance": {"reference": "Medication/m"}}, "Medication/m"),
        ({"instance": {"reference": "#m1"}}, "fludarabine"),
        ({"instance": {"reference": "#m2"}}, "IC19"),
        ({"instance": {"reference": "#nothing"}}, "#nothing"),
        ({"instance": {"display": "IC19"}}, "IC19"),
        ({"instanceCodeableConcept": {"text": "IC19"}}, "IC19"),
    ],
)  # fmt: skip
def test_how_an_agent_is_named(instance: Any, agent: str) -> None:
    contained = [
        {"resourceType": "Medication", "id": "m1", "code": {"text": "fludarabine"}},
        {
            "resourceType": "MedicationAdministration",
            "id": "m2",
            "medicationCodeableConcept": {"text": "IC19"},
        },
    ]
    entity = {**instance, "causality": {"entityRelatedness": {"text": "possible"}}}
    row = row_of(r5_event(contained=contained, suspectEntity=[entity]))

    assert row.related == ((agent, "possible"),)


def test_several_judgements_of_one_agent_are_all_kept() -> None:
    causality = [{"assessment": {"text": "related"}}, {"assessment": {"text": "not related"}}]
    row = row_of(r4_event(suspectEntity=[{"instance": AGENT, "causality": causality}]))

    assert [word for _, word in row.related] == ["related", "not related"]


def test_suspects_and_treatments_that_the_backport_tells() -> None:
    suspect = extension(
        f"{BACKPORT}/suspect-entity",
        extension=[
            extension("instance", valueReference=AGENT),
            extension(
                "causality",
                extension=[extension("entityRelatedness", valueCodeableConcept=POSSIBLY)],
            ),
        ],
    )
    action = extension(
        f"{BACKPORT}/mitigating-action",
        extension=[extension("item", valueCodeableConcept={"text": "tocilizumab"})],
    )
    row = row_of(r4_event(extension=[suspect, action]))

    assert row.related == (("MedicationAdministration.ex-1", "Possibly Related"),)
    assert row.fields["AETRT"] == "tocilizumab"


def test_mitigating_actions_are_named_and_make_no_treatment_of_all() -> None:
    actions = [
        {"itemCodeableConcept": {"text": "tocilizumab"}},
        {"itemReference": {"reference": "MedicationRequest/r", "display": "dexamethasone"}},
        {"itemReference": {"reference": "MedicationRequest/r2"}},
    ]
    fields = row_of(r5_event(mitigatingAction=actions)).fields

    assert fields["AETRT"] == "tocilizumab; dexamethasone; MedicationRequest/r2"
    assert "AECONTRT" not in fields


def test_what_came_of_it_is_kept_in_words_beside_the_term() -> None:
    conditions = [
        {"reference": "Condition/c", "display": "liver failure"},
        {"reference": "Condition/d"},
    ]
    of_r4 = row_of(r4_event(resultingCondition=conditions)).fields
    of_r5 = row_of(r5_event(resultingEffect=conditions)).fields

    assert of_r4["AEEFFECT"] == of_r5["AEEFFECT"] == "liver failure; Condition/d"
    assert of_r4["AETERM"] == "sick"
