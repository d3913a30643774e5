"""The rules of the three trials of the case file, by hand, and short ways to ask."""

from typing import Any, Final

from pydantic import TypeAdapter

from app.domain.cohort.gate.findings import GateAnswer
from app.domain.cohort.gate.gate import gate
from app.domain.cohort.gate.request import GateRequest
from app.domain.cohort.gate.rules import (
    Cap,
    CohortRules,
    GateRules,
    GateWindow,
    LaterPhases,
    Level,
    StaggerRule,
    TakenReading,
)
from app.domain.time import Limit

LATER: Final = "2025-08-01"
REQUEST: Final = TypeAdapter(GateRequest)
SLOTS: Final = TakenReading(id="R-GATE-SLOTS", option="slots-of-three", says="Assumed.")
DAYS_28: Final = GateWindow(through=Limit("P28D"))


def escalating(*ids: str) -> tuple[Level, ...]:
    return tuple(
        Level(id=level, role="escalation" if number else "start")
        for number, level in enumerate(ids)
    )


IC19: Final = GateRules(
    ladder=escalating("1", "2"),
    phases=("escalation",),
    cohorts=CohortRules(
        variant="no-de-escalation",
        phases=("escalation",),
        at="Detailed Description, 2",
        says="Three patients, three more after one DLT.",
    ),
    window=DAYS_28,
    stagger=(
        StaggerRule(
            at="Detailed Description, 2",
            says="The first two infusions of a dose lie at least 14 days apart",
            kind="first_pair",
            gated_act="infuse",
            anchor="infusion_start",
            at_least=Limit("P14D"),
            phases=("escalation",),
        ),
    ),
)
LMY: Final = GateRules(
    ladder=(Level(id="-1", role="de_escalation"), *escalating("1", "2", "3")),
    phases=("escalation", "expansion"),
    cohorts=CohortRules(
        variant="six-at-mtd",
        phases=("escalation",),
        at="Detailed Description, sentences 3 to 5",
        says="The dose at the MTD takes six.",
    ),
    window=DAYS_28,
    stagger=(
        StaggerRule(
            at="Detailed Description, sentences 6 and 7",
            says="Each patient is enrolled when the one before was watched for 14 days.",
            kind="each_consecutive_pair",
            gated_act="enrol",
            anchor="infusion_start",
            at_least=Limit("P14D"),
            phases=("escalation",),
        ),
    ),
    caps=(Cap(at="Sentence 9", says="At most 40 patients.", most=40),),
)
CT1192: Final = GateRules(
    ladder=escalating("1", "2", "3"),
    phases=("escalation", "expansion"),
    cohorts=CohortRules(
        variant="no-de-escalation",
        phases=("escalation",),
        at="R-GATE-SLOTS",
        says="Three patients, three more after one DLT.",
        later=LaterPhases(dlts="not_counted"),
        readings=(SLOTS,),
    ),
    window=GateWindow(through=Limit("P28D"), early_completion=True),
    stagger=(
        StaggerRule(
            at="Full description, dose escalation phase, last sentence",
            says="The others wait for the first.",
            kind="sentinel",
            gated_act="infuse",
            anchor="infusion_completion",
            at_least=Limit("P14D"),
            phases=("escalation",),
            needs_clearance=True,
        ),
    ),
    caps=(
        Cap(
            at="phases", says="At most nine of a dose.", most=9, phase="expansion", per_level=True
        ),
    ),
)
TRIALS: Final = {"NCT06886919": IC19, "NCT06340750": LMY, "NCT07339332": CT1192}


def patient(number: str, infused: str | None = None, **more: Any) -> dict[str, Any]:
    """A patient of level 1; `dlt` as the day on which it is known."""
    dlt = more.pop("dlt", None)
    known = {} if dlt is None else {"dlt": {"known_on": dlt}}
    return {"id": number, "dose_level": "1", "infused": infused, **known, **more}


def level(place: str, n: int, dlts: int = 0, infused: str = "2025-04-01") -> list[dict[str, Any]]:
    """Patients of one level, the first of whom had DLTs; long complete on LATER."""
    return [
        patient(
            f"{place}/{number}",
            infused,
            dose_level=place,
            dlt=infused if number < dlts else None,
        )
        for number in range(n)
    ]


def ask(
    rules: GateRules, on: str, *subjects: dict[str, Any], level: str = "1", **more: Any
) -> GateAnswer:
    """The answer for the next patient of a level."""
    body = {"phase": "escalation", "dose_level": level, "on": on, "subjects": subjects, **more}
    return gate(rules, REQUEST.validate_python(body))


def codes(answer: GateAnswer) -> set[str]:
    assert len({(reason.code, reason.text) for reason in answer.reasons}) == len(answer.reasons)
    return {reason.code for reason in answer.reasons}


def text(answer: GateAnswer, code: str) -> str:
    (found,) = (reason.text for reason in answer.reasons if reason.code == code)
    return found


def when(answer: GateAnswer) -> tuple[str | None, bool]:
    """The earliest day, and whether an event is needed as well."""
    return str(answer.earliest) if answer.earliest else None, answer.also_needs_event
