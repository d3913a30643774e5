"""Adverse events of real files: every row is reckoned up."""

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from app.domain.case import AdverseEvent
from app.domain.source_system import SourceSystem
from app.interchange.assemble import assemble
from app.interchange.identity import Identified, identified
from app.interchange.made import Assembly, HeldRow
from app.interchange.rows import Domain, SourceRow

SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "edc"

pytestmark = pytest.mark.skipif(
    not SAMPLES.is_dir(),
    reason="the sample files are not in ../shared/data/edc",
)

EACH_REPORT = SourceSystem(
    identity={"AE": ("AESPID", "AEDTC", "AEOUT")},
    severity_grades={"MILD": 1, "MODERATE": 2, "SEVERE": 3},
    causality={"REMOTE": "unlikely", "NONE": "unrelated"},
    causality_agents={"AEREL": "xanomeline"},
)
"""One settings of the pilot study, whose file reports some events again until they end."""


def sdtm(domain: Domain) -> Iterator[dict[str, Any]]:
    with (SAMPLES / "sdtm_csv" / f"{domain.lower()}.csv").open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


def dataset(domain: Domain) -> Iterator[dict[str, Any]]:
    text = (SAMPLES / "dataset_json" / f"{domain.lower()}.json").read_text("utf-8")
    held = json.loads(text)
    names = [column["name"] for column in held["columns"]]
    return (dict(zip(names, row, strict=True)) for row in held["rows"])


class Reckoned:
    """What rows of a file were held, refused, left out or replaced, and what they make."""

    def __init__(self, system: SourceSystem) -> None:
        self.system = system
        self.rows: Counter[str] = Counter()
        self.held: dict[str, dict[tuple[str, str], HeldRow]] = defaultdict(dict)

    def take(self, domain: Domain, cells: Iterable[dict[str, Any]]) -> "Reckoned":
        for number, row in enumerate(cells, start=1):
            fields = {name: str(cell) for name, cell in row.items() if cell not in {None, ""}}
            sent = SourceRow(domain=domain, number=number, place=f"row {number}", fields=fields)
            found = identified(sent, self.system)
            if not isinstance(found, Identified):
                self.rows[type(found).__name__] += 1
                continue
            mine, name = self.held[found.subject], (domain, found.key)
            self.rows["again" if name in mine else "held"] += 1
            mine[name] = HeldRow(
                domain=domain, key=found.key, subject=found.subject, fields=fields, extract="x"
            )
        return self

    def made(self) -> list[Assembly]:
        return [assemble(list(rows.values()), self.system) for rows in self.held.values()]


@cache
def pilot(system: str) -> Reckoned:
    settings = {"plain": SourceSystem(), "each report": EACH_REPORT}[system]
    reckoned = Reckoned(settings).take("AE", sdtm("AE"))
    return reckoned.take("SUPPAE", sdtm("SUPPAE")).take("DM", sdtm("DM"))


def codes(assemblies: Iterable[Assembly]) -> Counter[str]:
    """How often each finding stands with an adverse event."""
    return Counter(
        finding.code
        for assembly in assemblies
        for made in assembly.made
        if made.kind == "adverse_event"
        for finding in made.findings
    )


def contents(assemblies: Iterable[Assembly]) -> list[AdverseEvent]:
    found = (made.document.content for assembly in assemblies for made in assembly.made)
    return [content for content in found if isinstance(content, AdverseEvent)]


def count(assemblies: Iterable[Assembly]) -> int:
    return len(contents(assemblies))


def test_the_pilot_study_names_478_events_in_638_rows() -> None:
    """Its AESPID is an event's; 160 rows report an event again, and take the earlier's place."""
    reckoned = pilot("plain")
    assert reckoned.rows == {"held": 638 - 160 + 638 + 113, "again": 160}
    assemblies = reckoned.made()
    assert count(assemblies) == 478
    found = codes(assemblies)
    assert (found["severity_unmapped"], found["causality_agent_unknown"]) == (478, 476)
    alone = Counter(each.code for assembly in assemblies for each in assembly.findings)
    assert alone["supplement_not_linked"] == 160  # of the rows that were replaced


def test_with_every_report_the_same_events_are_made() -> None:
    reckoned = pilot("each report")
    assert reckoned.rows == {"held": 638 + 638 + 113}
    assemblies = reckoned.made()
    assert count(assemblies) == 478
    assert codes(assemblies)["grade_collection_not_told"] == 155
    rows = {key for assembly in assemblies for made in assembly.made for key in made.rows}
    held = {key for rows in reckoned.held.values() for _, key in rows}
    assert held <= rows


def test_of_the_pilot_study_only_the_worst_grade_is_known() -> None:
    """Of each event the worst severity of its rows, by what the settings make of it."""
    worst: dict[tuple[str, str], int] = {}
    for row in sdtm("AE"):
        name = row["USUBJID"], row["AESPID"]
        worst[name] = max(worst.get(name, 0), EACH_REPORT.severity_grades[row["AESEV"]])
    told = contents(pilot("each report").made())
    peaks = Counter(
        max((each.grade for each in event.grades if each.grade is not None), default=None)
        for event in told
    )
    assert peaks == Counter(worst.values()) == {1: 292, 2: 167, 3: 19}
    assert {each.worst_grade for each in told} == {None, 2, 3}


def test_the_dataset_has_74_events_and_78_findings_about_their_symptoms() -> None:
    reckoned = Reckoned(SourceSystem())
    for domain in ("AE", "FA", "RELREC", "DM"):
        reckoned.take(domain, dataset(domain))
    assert reckoned.rows == {"held": 74 + 78 + 18, "LeftOut": 6}
    assemblies = reckoned.made()
    assert count(assemblies) == 74
    found = codes(assemblies)
    assert found == {"severity_unmapped": 74, "causality_agent_unknown": 74}
    alone = Counter(each.code for assembly in assemblies for each in assembly.findings)
    assert alone["finding_not_used"] == 78
    going = [each.ongoing_as_of for each in contents(assemblies) if each.ongoing]
    assert len(going) == 35
    assert None not in going
