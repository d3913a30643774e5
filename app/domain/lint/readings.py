"""Readings that nobody uses, options that say the same, and options that change no verdict."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.domain.adjudication.protocol import Rules
from app.domain.dlt.protocol import Reading
from app.domain.dlt.readings import decide
from app.domain.lint.finding import LintFinding
from app.domain.lint.places import readings_in
from app.domain.lint.variants import AS_WRITTEN, Option, Workshop

Document = Mapping[str, Any]
_JUDGED = ("dlt", "groups")
"""Parts of a document that adjudication reads; the others are for the enrolment gate."""


def uses_of(document: Document) -> dict[str, list[tuple[str, Mapping[str, Any]]]]:
    """The places at which each reading is used, with the values of its options."""
    found: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for pointer, node in readings_in(document):
        found.setdefault(str(node["reading"]), []).append((pointer, node["options"]))
    return found


def written_readings(document: Document, readings: tuple[Reading, ...]) -> Iterator[LintFinding]:
    """What the text of the readings shows by itself.

    A reading with one option records a choice, and need not be used.
    """
    uses = uses_of(document)
    for number, reading in enumerate(readings):
        pointer = f"/readings/{number}"
        if len(reading.options) > 1 and reading.id not in uses:
            yield LintFinding(
                code="unused_reading",
                severity="warning",
                pointer=pointer,
                message=f"Reading {reading.id!r} has {len(reading.options)} options and is used "
                "nowhere.",
                way_out="Write it where it decides something, or leave it out.",
                readings=(reading.id,),
            )
        for one, other in _identical(reading, uses.get(reading.id, [])):
            yield LintFinding(
                code="identical_options",
                severity="warning",
                pointer=f"{pointer}/options",
                message=f"The options {one!r} and {other!r} of reading {reading.id!r} say the "
                "same.",
                way_out="Give one of them the words and the values of the other answer, or leave "
                "it out.",
                readings=(reading.id,),
            )


def _identical(
    reading: Reading, uses: list[tuple[str, Mapping[str, Any]]]
) -> Iterator[tuple[str, str]]:
    names = list(reading.options)
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            same_words = _plain(reading.options[one]) == _plain(reading.options[other])
            same_values = bool(uses) and all(
                values.get(one) == values.get(other) for _, values in uses
            )
            if same_words or same_values:
                yield one, other


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(".")


def readings_without_effect(shop: Workshop, document: Document) -> Iterator[LintFinding]:
    """Options by which no boundary case is decided otherwise than by the default."""
    uses = uses_of(document)
    for number, reading in enumerate(shop.ready.document.readings):
        judged = [
            (pointer, values)
            for pointer, values in uses.get(reading.id, [])
            if pointer.split("/")[1] in _JUDGED
        ]
        if not judged:
            continue
        same = {other for one, other in _identical(reading, judged) if one == reading.default}
        same |= {one for one, other in _identical(reading, judged) if other == reading.default}
        idle = [
            (option, rules)
            for option, rules in shop.by_option
            if option.reading == reading.id
            and option.name not in same
            and not _has_effect(shop, option, rules)
        ]
        if idle:
            yield _idle(shop, reading, f"/readings/{number}", idle)


def _idle(
    shop: Workshop, reading: Reading, pointer: str, idle: list[tuple[Option, Rules]]
) -> LintFinding:
    names = ", ".join(repr(option.name) for option, _ in idle)
    under = [(AS_WRITTEN, shop.base), *((option.label, rules) for option, rules in idle)]
    touched = [
        clause for clause, names in shop.base.decided.touched.items() if reading.id in names
    ]
    clauses = [each.id for each in shop.rules.criteria]
    clauses += [each.id for each in shop.rules.exceptions]
    return LintFinding(
        code="reading_without_effect",
        severity="warning",
        pointer=pointer,
        message=f"Reading {reading.id!r} decides nothing: by {names} every boundary case is "
        f"decided as by {reading.default!r}.",
        way_out="Look whether it stands at the clause that the question is about, or leave it "
        "out.",
        clauses=tuple(each for each in clauses if each in touched),
        readings=(reading.id,),
        cases=len(shop.bench.cases),
        examples=(shop.example(shop.plainest(shop.bench.everything), under),),
    )


def _has_effect(shop: Workshop, option: Option, rules: Rules) -> bool:
    """Whether an option decides some case otherwise: as the others are decided, else beside an
    option of another reading, since readings may stand within readings.
    """
    if rules.decided.rules.observed_in != shop.rules.observed_in:
        return True
    if shop.unlike(shop.base, rules, shop.bench.everything).size:
        return True
    for other, beside in shop.by_option:
        if other.reading == option.reading:
            continue
        chosen = {other.reading: other.name, option.reading: option.name}
        both = decide(shop.ready.document, chosen)
        if both.rules == beside.decided.rules and both.groups == beside.decided.groups:
            continue
        joined = shop.bench.compiled(both, both.rules)
        if shop.unlike(beside, joined, shop.bench.everything).size:
            return True
    return False
