"""A small study, and all that may happen to it while it is judged again.

By version 1, CRS of grade 3 may last 72 hours, by version 2 7 days.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from app.domain.case import Event, LaboratoryResult, SubjectData
from app.domain.record.documents import Document
from app.domain.record.kinds import Kind, Site, Study, key_of
from app.domain.record.origin import OPERATOR, Reason
from app.domain.reference_range import ReferenceRange
from app.domain.time import PartialTime
from app.store.writer import Unit
from app.use_cases.ingest import judged_after
from app.use_cases.protocols import Amendment, activate_version, add
from app.use_cases.records import Precondition, Sent, Written, put, restore, void
from app.use_cases.studies import BEGINNING, NewHold, place_hold
from app.use_cases.sweep import sweep
from tests.builders import event, subject
from tests.readjudications.patients import PROTOCOL, SYSTEM, amended, items_of
from tests.readjudications.service import STUDY, WHY, Rejudging

FIRST: Final = "S-01"
"""The patient whom most of it happens to."""
SITE: Final = "01"
SYNDROME: Final = "Cytokine release syndrome"
MISTAKE: Final = Reason(code="ENTERED_IN_ERROR", text="Another patient's")


def small_study(rejudging: Rejudging) -> None:
    """Six patients; S-01, S-03 and S-04 come out otherwise by version 2, S-05 will in time."""
    rejudging.begin()
    recorded(rejudging, "site", SITE, Site(laboratories=("Central",)))
    rejudging.told(
        [
            subject(crs(FIRST, until="2026-03-09"), id=FIRST, site=SITE),
            subject(crs("S-02", until="2026-03-07T08:00+08:00"), id="S-02"),
            subject(crs("S-03", until="2026-03-10T08:00+08:00"), id="S-03", site=SITE),
            subject(crs("S-04", until="2026-03-15T08:00+08:00"), id="S-04"),
            subject(
                crs("S-05", since="2026-05-31T20:00+08:00"), id="S-05",
                infused=["2026-05-25T10:00+08:00"],
            ),
            subject(id="S-06", site=SITE, birth_year=1980),
        ]
    )  # fmt: skip
    count = LaboratoryResult(
        analyte="NEUT", value=Decimal("1.7"), unit="10*9/L", laboratory="Central",
        measured_at=PartialTime("2026-03-05T08:00+08:00"),
    )  # fmt: skip
    recorded(rejudging, "laboratory_result", "edc:LB-1", count, "S-06")
    extra = crs("extra", until="2026-03-20T08:00+08:00")
    recorded(rejudging, "adverse_event", "edc:extra", content_of(extra), FIRST)
    voided(rejudging, "adverse_event", "edc:extra")
    # Of a patient of whom nothing else is recorded yet.
    early = crs("S-99", until="2026-03-09T08:00+08:00")
    recorded(rejudging, "adverse_event", key_of(SYSTEM, early.id), content_of(early), "S-99")


def crs(of: str, *, since: str = "2026-03-05T08:00+08:00", until: str | None = None) -> Event:
    """CRS of grade 3, of a patient; without `until` it goes on."""
    changes = [(3, since)] if until is None else [(3, since), (0, until)]
    return event(SYNDROME, *changes, id=f"AE-{of}", ongoing=until is None)


def content_of(event: Event) -> Any:
    """An event as its record has it."""
    found = items_of(subject(event))[1]
    return found.sent.document.content


def recorded(
    rejudging: Rejudging, kind: Kind, key: str, content: Any, subject: str | None = None
) -> None:
    """Record something, and judge whom it concerns."""
    document = Document(subject=subject, content=content)
    sent = Sent(kind=kind, key=key, document=document, reason=MISTAKE)
    _done(rejudging, lambda unit: put(unit, OPERATOR, STUDY, sent, Precondition()))


def voided(rejudging: Rejudging, kind: Kind, key: str) -> None:
    """Take something out of all verdicts."""
    _done(
        rejudging,
        lambda unit: void(unit, OPERATOR, STUDY, kind, key, MISTAKE, Precondition()),
    )


def restored(rejudging: Rejudging, kind: Kind, key: str) -> None:
    """Let it count again."""
    _done(
        rejudging,
        lambda unit: restore(unit, OPERATOR, STUDY, kind, key, MISTAKE, Precondition()),
    )


def _done(rejudging: Rejudging, work: Callable[[Unit], Written]) -> None:
    rejudging.writer.run(lambda unit: judged_after(unit, OPERATOR, STUDY, work(unit)))


def corrects_an_event(rejudging: Rejudging) -> None:
    longer = crs(FIRST, until="2026-03-14T08:00+08:00")
    recorded(rejudging, "adverse_event", f"edc:AE-{FIRST}", content_of(longer), FIRST)


def voids_an_event(rejudging: Rejudging) -> None:
    voided(rejudging, "adverse_event", "edc:AE-S-02")


def restores_an_event(rejudging: Rejudging) -> None:
    restored(rejudging, "adverse_event", "edc:extra")


def moves_an_event(rejudging: Rejudging) -> None:
    mine = crs("S-03", until="2026-03-10T08:00+08:00")
    recorded(rejudging, "adverse_event", "edc:AE-S-03", content_of(mine), FIRST)


def voids_a_patient(rejudging: Rejudging) -> None:
    voided(rejudging, "subject", "S-04")


def corrects_a_patient(rejudging: Rejudging) -> None:
    later = items_of(subject(id="S-02", infused=["2026-03-06T10:00+08:00"]))[0]
    recorded(rejudging, "subject", "S-02", later.sent.document.content, "S-02")


def adds_a_patient(rejudging: Rejudging) -> None:
    rejudging.told([subject(crs("S-00", until="2026-03-09T08:00+08:00"), id="S-00")])


def adds_a_patient_with_events(rejudging: Rejudging) -> None:
    known = items_of(subject(id="S-99"))[0].sent.document.content
    assert isinstance(known, SubjectData)
    recorded(rejudging, "subject", "S-99", known, "S-99")


def moves_a_site(rejudging: Rejudging) -> None:
    there = Site(laboratories=("Central",), time_zone="-08:00")
    recorded(rejudging, "site", SITE, there)


def moves_the_study(rejudging: Rejudging) -> None:
    recorded(rejudging, "study", STUDY, Study(title="IC19 in lupus", time_zone="-10:00"))


def adds_a_range(rejudging: Rejudging) -> None:
    stated = ReferenceRange(
        laboratory="Central", analyte="neutrophils", valid_from=date(2026, 1, 1),
        unit="10*9/L", lln=Decimal("2.0"), uln=Decimal("7.0"),
    )  # fmt: skip
    recorded(rejudging, "laboratory_range", stated.key, stated)


def sweeps(rejudging: Rejudging) -> None:
    """S-05 falls due."""
    rejudging.later(timedelta(days=8).total_seconds())
    assert sweep(rejudging.database, rejudging.writer, rejudging.now) > 0


def activates_another(rejudging: Rejudging) -> None:
    third = Amendment(
        protocol=PROTOCOL, version="3", effective=BEGINNING, applies_to="all", reason=WHY
    )
    rejudging.writer.run(lambda unit: add(unit, OPERATOR, amended("3", crs="P9D")))
    rejudging.writer.run(lambda unit: activate_version(unit, OPERATOR, STUDY, third))


def readjudicates(rejudging: Rejudging) -> None:
    """Everybody, by another job that was asked for meanwhile."""
    assert rejudging.run(dry_run=False, reason=WHY).state == "succeeded"


def holds(rejudging: Rejudging) -> None:
    hold = NewHold(scope={}, reason="Two deaths", reported_by="A. Monitor", effective_from=None)
    rejudging.writer.run(lambda unit: place_hold(unit, OPERATOR, STUDY, hold))


Move = Callable[[Rejudging], None]
MOVES: Final[Mapping[Move, str]] = {
    corrects_an_event: "(adjudication, adverse event) of patient 'S-01'",
    voids_an_event: "(adjudication, adverse event) of patient 'S-02'",
    restores_an_event: "(adjudication, adverse event) of patient 'S-01'",
    moves_an_event: "(adjudication, adverse event) of patients",
    corrects_a_patient: "(adjudication, subject) of patient 'S-02'",
    voids_a_patient: "(subject) of patient 'S-04'",
    adds_a_patient: "(adjudication, adverse event, subject) of patient 'S-00'",
    adds_a_patient_with_events: "(adjudication, subject) of patient 'S-99'",
    moves_a_site: "(adjudication, site) of patients",
    moves_the_study: "(adjudication, study) of patients",
    adds_a_range: "(adjudication, laboratory range) of patient 'S-06' and of the whole study",
    sweeps: "(adjudication) of patient 'S-05'",
    activates_another: "(protocol activation) of the whole study",
}
"""What may happen to it, and what is said of it to who would apply a dry run of before."""
