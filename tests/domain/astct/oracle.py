"""The slow, obvious meaning of the tables: every completion written out, each graded by itself.

A request is a dict of components; null is not known. A completion is a dict with a value for each.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

Request = Mapping[str, Any]
Grader = Callable[[Request, Request, Mapping[str, str]], int]
OTHERS = ("norepinephrine", "epinephrine", "dopamine", "ephedrine")

CRS_FILLS: Mapping[str, Sequence[Any]] = {
    "temperature": [37, 39],
    "fever_attributable_to_other_cause": [True, False],
    "fever_earlier_in_episode": [True, False],
    "hypotension": [True, False],
    "vasopressors": [[], ["vasopressin"], ["dopamine"], ["dopamine", "ephedrine"]],
    "hypotension_attributable_to_other_cause": [True, False],
    "hypoxia": [True, False],
    "oxygen_device": [
        "none", "nasal_cannula", "blow_by", "high_flow_nasal_cannula", "venturi", "cpap",
    ],
    "oxygen_flow_l_min": [2, 8],
    "hypoxia_attributable_to_other_cause": [True, False],
    "death.occurred": [True, False],
    "death.principal_cause": ["CRS", "sepsis"],
}  # fmt: skip
ICANS_FILLS: Mapping[str, Sequence[Any]] = {
    "age_years": [6, 45],
    "baseline_developmental_delay": [True, False],
    "ice_score": list(range(11)),
    "capd_score": [0, 1, 8, 9],
    "capd_performable": [True, False],
    "arousal": ["spontaneous", "voice", "tactile", "stupor"],
    "arousal_attributable_to_other_cause": [True, False],
    "seizure": [
        "none", "clinical", "clinical_resolved_rapidly",
        "nonconvulsive_eeg_resolves_with_intervention", "repetitive_no_return_to_baseline",
    ],
    "seizure_duration_min": [5, 6],
    "motor_weakness": ["none", "hemiparesis"],
    "cerebral_edema": ["none", "focal", "diffuse"],
    "raised_icp_signs": [[], ["papilledema"]],
    "intracranial_hemorrhage": [True, False],
    "all_findings_attributable_to_other_cause": [True, False],
    "death.occurred": [True, False],
    "death.principal_cause": ["ICANS", "sepsis"],
}  # fmt: skip


def flat(request: Request) -> dict[str, Any]:
    """The request with the two components of a death by their names; no death did not occur."""
    death = request.get("death")
    found = {name: value for name, value in request.items() if name != "death"}
    death = {"occurred": False, "principal_cause": "sepsis"} if death is None else death
    return {**found, **{f"death.{name}": value for name, value in death.items()}}


def completions(request: Request, fills: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """Every completion of a flat request."""
    open_fields = [name for name in fills if request[name] is None]
    for values in product(*(fills[name] for name in open_fields)):
        yield {**request, **dict(zip(open_fields, values, strict=True))}


def judged(
    request: Request, fills: Mapping[str, Sequence[Any]], grade: Grader, options: Mapping[str, str]
) -> tuple[int, int, set[str]]:
    """The lowest and highest grade, and the fields in which two completions differ that differ
    in grade.
    """
    known = flat(request)
    open_fields = [name for name in fills if known[name] is None]
    graded = {
        tuple(str(each[name]) for name in open_fields): grade(known, each, options)
        for each in completions(known, fills)
    }
    matters = set()
    for place, name in enumerate(open_fields):
        seen: dict[tuple[str, ...], int] = {}
        for values, value in graded.items():
            others = (*values[:place], *values[place + 1 :])
            if seen.setdefault(others, value) != value:
                matters.add(name)
    return min(graded.values()), max(graded.values()), matters


def crs(known: Request, full: Request, options: Mapping[str, str]) -> int:
    """The grade of a completion; `known` is what was recorded."""
    if full["death.occurred"] and full["death.principal_cause"] == "CRS":
        return 5
    fever = full["temperature"] >= 38 and not full["fever_attributable_to_other_cause"]
    before = options["masking-before-onset"] == "fever-waived"
    waived = full["masking_therapy"] and (full["fever_earlier_in_episode"] or before)
    if not fever and not waived:
        return 0
    low_pressure = full["hypotension"]
    if known["vasopressors"] and options["vasopressor-without-hypotension"] == "counted":
        low_pressure = True
    others = sum(each in OTHERS for each in full["vasopressors"])
    hypotension = 4 if others > 1 else 3 if full["vasopressors"] else 2
    if not low_pressure or full["hypotension_attributable_to_other_cause"]:
        hypotension = 0
    hypoxia = crs_hypoxia(full, options) if full["hypoxia"] else 0
    if full["hypoxia_attributable_to_other_cause"]:
        hypoxia = 0
    return max(hypotension, hypoxia, int(fever))


def crs_hypoxia(full: Request, options: Mapping[str, str]) -> int:
    match full["oxygen_device"]:
        case "none":
            return 2 if options["hypoxia-without-oxygen"] == "lowest" else 0
        case "nasal_cannula":
            return 2 if full["oxygen_flow_l_min"] <= 6 else 3
        case "blow_by":
            return 2
        case "high_flow_nasal_cannula":
            by_flow = options["high-flow-device-at-low-flow"] == "flow"
            return 2 if by_flow and full["oxygen_flow_l_min"] <= 6 else 3
        case "venturi":
            return 3
        case _:
            return 4


def icans(known: Request, full: Request, options: Mapping[str, str]) -> int:
    """The grade of a completion; `known` is what was recorded."""
    if full["death.occurred"] and full["death.principal_cause"] == "ICANS":
        return 5
    if full["all_findings_attributable_to_other_cause"]:
        return 0
    arousal = {"spontaneous": 0, "voice": 2, "tactile": 3, "stupor": 4}[full["arousal"]]
    if full["arousal_attributable_to_other_cause"]:
        arousal = 0
    return max(
        arousal,
        by_capd(known, full, options) if uses_capd(known, full, options) else by_ice(full),
        icans_seizure(known, full, options),
        4 if full["motor_weakness"] != "none" else 0,
        4 if full["raised_icp_signs"] else 0,
        0
        if full["intracranial_hemorrhage"]
        else {"none": 0, "focal": 3, "diffuse": 4}[full["cerebral_edema"]],
    )


def uses_capd(known: Request, full: Request, options: Mapping[str, str]) -> bool:
    if full["age_years"] < 12:
        return True
    stated = known["baseline_developmental_delay"]
    delay = full["baseline_developmental_delay"]
    if stated is None and options["delay-not-stated"] == "none":
        delay = False
    capd = known["capd_score"] is not None or known["capd_performable"] is False
    return bool(delay and capd)


def by_ice(full: Request) -> int:
    score = full["ice_score"]
    return 0 if score == 10 else 1 if score >= 7 else 2 if score >= 3 else 3


def by_capd(known: Request, full: Request, options: Mapping[str, str]) -> int:
    able = full["capd_performable"]
    if known["capd_score"] is not None:
        unable = known["capd_performable"] is False
        able = not (unable and options["capd-score-and-unable"] == "unable")
    if not able:
        return 4
    score = full["capd_score"]
    return 3 if score >= 9 else 1 if score >= 1 else 0


def icans_seizure(known: Request, full: Request, options: Mapping[str, str]) -> int:
    match full["seizure"]:
        case "none":
            return 0
        case "clinical":
            return 4 if full["seizure_duration_min"] > 5 else 3
        case "clinical_resolved_rapidly":
            long = (known["seizure_duration_min"] or 0) > 5
            return 4 if long and options["resolved-rapidly-but-long"] == "duration" else 3
        case "nonconvulsive_eeg_resolves_with_intervention":
            long = (known["seizure_duration_min"] or 0) > 5
            return 4 if long and options["nonconvulsive-but-long"] == "duration" else 3
        case _:
            return 4
