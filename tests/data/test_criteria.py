"""The packaged criteria: what they say of CTCAE is what CTCAE says, and in our own words."""

import json
import re
from collections.abc import Iterator
from fractions import Fraction
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from app.data import criteria as packaged
from app.data import dictionaries
from app.data.criteria import (
    UnknownCriteria,
    criteria_ids,
    load_analytes,
    load_criteria,
    load_units,
)
from app.data.strict_yaml import read_yaml
from app.domain.laboratory.criteria import (
    Absolute,
    BadCriteria,
    Clause,
    Multiple,
    Offset,
    Percent,
    TermCriteria,
    Threshold,
)
from app.domain.quantities import plain

NCI_TEXT = Path(__file__).parents[3] / "shared" / "data" / "ctcae"
CRITERIA, DIGEST = load_criteria("ctcae-5.0")
BY_NAME = {term.term: term for term in CRITERIA.terms}
TEXT = files("app.data.criteria").joinpath("ctcae-5.0.yaml").read_text("utf-8")
HAS_NUMBERS = re.compile(r"\d|ULN|LLN|(?i:baseline|normal|predicted|WNL)")
IN_WORDS_ONLY = {
    "Azoospermia",
    "Hyperphosphatemia",
    "Hypophosphatemia",
    "Thyroid stimulating hormone increased",
}
"""Graded terms whose texts have neither a number nor a limit."""


def clauses(term: TermCriteria) -> Iterator[tuple[int, Clause]]:
    for grade, of_grade in term.grades.items():
        for clause in of_grade:
            yield grade, clause


def thresholds(term: TermCriteria) -> Iterator[Threshold]:
    absent = () if term.absent is None else (term.absent,)
    for clause in (*(clause for _, clause in clauses(term)), *absent):
        for _, threshold in clause.bounds:
            yield threshold


def test_the_digest_covers_the_content() -> None:
    assert f"sha256:{sha256(rfc8785.dumps(read_yaml(TEXT))).hexdigest()}" == DIGEST


def test_criteria_are_those_of_a_dictionary() -> None:
    for each in criteria_ids():
        assert load_criteria(each)[0].dictionary == each
        assert each in dictionaries.available()


def test_unknown_ids_name_the_known() -> None:
    with pytest.raises(UnknownCriteria, match=r"no criteria 'ctcae-7'; there are ctcae-5\.0"):
        load_criteria("ctcae-7")


def test_a_misnamed_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packaged, "_CRITERIA", ("ctcae-5.1",))
    other = read_yaml(TEXT), DIGEST
    monkeypatch.setattr(packaged, "_read", lambda _: other)
    with pytest.raises(BadCriteria, match=r"ctcae-5\.1 cannot be used: /id: it is 'ctcae-5\.0'"):
        load_criteria.__wrapped__("ctcae-5.1")


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_terms_are_those_of_the_dictionary(name: str) -> None:
    term = BY_NAME[name]
    entry = dictionaries.load(CRITERIA.dictionary).term(name)
    assert term.code == entry.code
    assert {*term.grades, 5} == {*entry.grades, 5}  # grade 5 is death, which nothing measures
    assert list(term.grades) == sorted(term.grades)


@pytest.mark.parametrize("name", sorted(CRITERIA.not_here))
def test_terms_that_are_not_here_are_of_the_dictionary(name: str) -> None:
    assert dictionaries.load(CRITERIA.dictionary).term(name).name == name


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_analytes_and_units_are_known(name: str) -> None:
    term, units = BY_NAME[name], load_units()
    analytes = [load_analytes().by_id(analyte) for analyte in term.analytes]
    dimensions = {each for analyte in analytes for each in analyte.dimensions}
    unknown = [
        unit
        for threshold in thresholds(term)
        for unit in units_of(threshold)
        if units.resolve(unit, dimensions) is None
    ]
    assert unknown == []


def units_of(threshold: Threshold) -> tuple[str, ...]:
    match threshold:
        case Absolute():
            return tuple(unit for unit, _ in threshold.printed)
        case Offset():
            return (threshold.unit,)
        case Multiple() | Percent():
            return ()


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_numbers_rise_or_fall_with_the_grade(name: str) -> None:
    """In one unit, of one analyte and baseline, no milder grade has the farther number."""
    term = BY_NAME[name]
    ladders: dict[tuple[str, ...], list[tuple[int, Fraction]]] = {}
    for grade, clause in clauses(term):
        if clause.given or clause.unless or len(list(clause.bounds)) > 1:
            continue
        for edge in edges(clause):
            _, number, unit = edge
            key = (unit, clause.analyte or "", clause.baseline or "")
            ladders.setdefault(key, []).append((grade, number))
    falls = term.direction == "low" or name == "Weight loss"
    for ladder in ladders.values():
        numbers = [number for _, number in sorted(ladder)]
        assert numbers == sorted(numbers, reverse=falls)
        assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_edges_look_where_the_term_looks(name: str) -> None:
    """The protein in the urine, which may stand for a low filtration rate, is the exception."""
    term = BY_NAME[name]
    looks = {"low": {"below", "at_most"}, "high": {"above", "at_least"}}
    downward = term.direction == "low" or name == "Weight loss"
    own = looks["low" if downward else "high"]
    for _, clause in clauses(term):
        protein = name == "Chronic kidney disease" and clause.analyte not in {
            "egfr",
            "creatinine_clearance",
        }
        if clause.numeric and not protein:
            assert own & {edge for edge, _ in clause.bounds}


def edges(clause: Clause) -> Iterator[tuple[str, Fraction, str]]:
    """(edge, number, what it is a number of) for each printed unit."""
    for edge, threshold in clause.bounds:
        match threshold:
            case Absolute():
                for unit, number in threshold.printed:
                    yield edge, Fraction(number), plain(unit).casefold()
            case Multiple():
                yield edge, threshold.factor, f"x {threshold.of}"
            case Offset():
                yield edge, Fraction(threshold.amount), f"{threshold.of} {threshold.unit}"
            case Percent():
                yield edge, Fraction(threshold.change), "baseline %"


def said(grade: int, edge: tuple[str, Fraction, str], baseline: str | None) -> str:
    """One edge as a line: `2 below 10 g/dl`."""
    side, number, of = edge
    return f"{grade} {side} {float(number):g} {of}{f' if {baseline}' if baseline else ''}"


def to_ours(*changes: str) -> dict[str, str]:
    """Theirs to ours, each written as `1 at_most 99 % > 1 below 100 %`."""
    return dict(change.split(" > ", 1) for change in changes)


READ_OTHERWISE: dict[str, tuple[str, dict[str, str], set[str]]] = {
    "Ejection fraction decreased": (
        "a band of whole percents is half-open; a drop is in percentage points",
        to_ours(
            "3 at_most 39 % > 3 below 40 %",
            "2 at_most -10 baseline % > 2 at_most -10 baseline points",
            "3 at_most -20 baseline % > 3 at_most -20 baseline points",
        ),
        set(),
    ),
    "Electrocardiogram QT corrected interval prolonged": (
        "the change from baseline was not parsed",
        {},
        {"3 above 60 baseline ms"},
    ),
    "Fibrinogen decreased": (
        "abnormal is read as now below LLN, not as an abnormal baseline",
        to_ours(
            "2 at_most -25 baseline % if abnormal > 2 at_most -25 baseline %",
            "3 at_most -50 baseline % if abnormal > 3 at_most -50 baseline %",
            "4 at_most -75 baseline % if abnormal > 4 at_most -75 baseline %",
        ),
        {"2 below 1 x LLN", "3 below 1 x LLN", "4 below 1 x LLN"},
    ),
    "Forced expiratory volume decreased": (
        "bands of whole percents are half-open; grade 1 was not parsed",
        to_ours(
            "2 at_most 69 % > 2 below 70 %",
            "3 at_most 59 % > 3 below 60 %",
            "4 at_most 49 % > 4 below 50 %",
        ),
        {"1 below 100 %"},
    ),
    "Hemoglobin increased": (
        "the increase is one above ULN",
        to_ours(
            "1 above 0 increase g/dL > 1 above 1 x ULN",
            "2 above 2 increase g/dL > 2 above 2 ULN g/dL",
            "3 above 4 increase g/dL > 3 above 4 ULN g/dL",
        ),
        set(),
    ),
    "Lipase increased": (
        "the upper half of grade 2 lies within it",
        {"2 above 2 x ULN": "2 above 1.5 x ULN"},
        set(),
    ),
    "Serum amylase increased": (
        "the upper half of grade 2 lies within it",
        {"2 above 2 x ULN": "2 above 1.5 x ULN"},
        set(),
    ),
    "Acidosis": ("normal in words is LLN", {}, {"1 below 1 x LLN"}),
    "Alkalosis": ("normal in words is ULN", {}, {"1 above 1 x ULN"}),
    "Hyponatremia": (
        "bands of whole numbers are half-open",
        to_ours(
            "2 at_most 129 mmol/l > 2 below 130 mmol/l",
            "3 at_most 129 mmol/l > 3 below 130 mmol/l",
            "3 at_most 124 mmol/l > 3 below 125 mmol/l",
        ),
        set(),
    ),
    "Chronic kidney disease": (
        "bands of whole numbers are half-open; grade 1 was not parsed",
        to_ours(
            "2 at_most 59 ml/min/1.73m2 > 2 below 60 ml/min/1.73m2",
            "3 at_most 29 ml/min/1.73m2 > 3 below 30 ml/min/1.73m2",
        ),
        {"1 below 1 x LLN", "1 at_least 2 +", "1 above 0.5 mg/mg"},
    ),
}
"""Where ours differs from the parsed clauses: why, theirs to ours, and what ours alone has."""


def parsed(clause: dict[str, Any], grade: int, term: TermCriteria) -> str | None:
    """Where the grade begins by a clause parsed from NCI's text; None where it is in words."""
    change = clause["kind"] == "change_from_baseline_percent"
    falls = term.direction == "low" or term.term == "Weight loss"
    lower = not falls or change  # a decrease is parsed as a positive number that grows
    end = clause.get("lo" if lower else "hi")
    if clause["kind"] == "text" or end is None:
        return None
    side = ("at_most" if end["incl"] else "below") if falls else (
        "at_least" if end["incl"] else "above"
    )  # fmt: skip
    number = Fraction(str(end["value"]))
    if change:
        of, number = "baseline %", -number if falls else number
    elif clause["kind"] == "increase_absolute":
        of = f"increase {clause['unit']}"
    elif end["of"] == "absolute":
        of = plain(end["unit"] or "1").casefold()
    else:
        of = f"x {end['of']}"
    when = (clause.get("when") or "").removeprefix("baseline ")
    return said(grade, (side, number, of), when if when in {"normal", "abnormal"} else None)


@pytest.mark.skipif(
    not NCI_TEXT.is_dir(), reason="NCI's text is not in ../shared/data/ctcae beside the checkout"
)
class TestAgainstNci:
    """The criteria against NCI's text, which is not part of the project."""

    def source(self) -> list[dict[str, Any]]:
        source: list[dict[str, Any]] = json.loads(
            (NCI_TEXT / "ctcae-v5.0.json").read_text("utf-8")
        )
        return source

    def test_every_edge_is_that_of_the_text(self) -> None:
        entries = json.loads((NCI_TEXT / "lab-clauses-v5.0.json").read_text("utf-8"))
        differ = set()
        for entry in entries:
            term = BY_NAME[entry["term"]]
            theirs = {
                line
                for grade, of_grade in entry["clauses"].items()
                for each in of_grade
                if (line := parsed(each, int(grade), term)) is not None
            }
            ours = {
                said(grade, edge, clause.baseline)
                for grade, clause in clauses(term)
                for edge in edges(clause)
            }
            _, changes, ours_alone = READ_OTHERWISE.get(term.term, ("", {}, set()))
            assert set(changes) <= theirs
            assert not ours_alone & theirs
            assert {changes.get(line, line) for line in theirs} | ours_alone == ours, term.term
            if theirs != ours:
                differ.add(term.term)
        assert differ == set(READ_OTHERWISE)
        assert len(entries) == 48

    def test_every_term_with_a_number_is_graded_or_has_a_reason(self) -> None:
        with_numbers = {
            entry["term"]
            for entry in self.source()
            if any(HAS_NUMBERS.search(text) for text in entry["grades"].values() if text)
        }
        assert with_numbers | IN_WORDS_ONLY == set(BY_NAME) | set(CRITERIA.not_here)
        assert with_numbers & IN_WORDS_ONLY == set()

    def test_every_printed_number_stands_in_its_grade(self) -> None:
        """Or the number after it, where a band of whole numbers is half-open."""
        texts = {entry["term"]: entry["grades"] for entry in self.source()}
        corrected = {("Fever", 2, "102.2")}
        for term in CRITERIA.terms:
            for grade, clause in clauses(term):
                text = texts[term.term][str(grade)].replace(",", "")
                printed = {Fraction(each) for each in re.findall(r"\d+(?:\.\d+)?", text)}
                for _, threshold in clause.bounds:
                    if isinstance(threshold, Absolute) and not clause.implied:
                        for _, number in threshold.printed:
                            near = {Fraction(number), Fraction(number) - 1}
                            place = (term.term, grade, str(number))
                            assert near & printed or place in corrected, place

    def test_no_sentence_slipped_in(self) -> None:
        """No five words in a row are NCI's."""
        theirs = {
            run
            for entry in self.source()
            for text in (*entry["grades"].values(), entry["definition"])
            for run in runs(text or "")
        }
        assert {run for text in sentences() for run in runs(text)} & theirs == set()


def sentences() -> Iterator[str]:
    yield from (CRITERIA.title, CRITERIA.source)
    yield from (*CRITERIA.facts.values(), *CRITERIA.not_here.values())
    yield from (term.note for term in CRITERIA.terms if term.note is not None)
    yield from (line for line in TEXT.splitlines() if line.lstrip().startswith("#"))
    yield from (fact.replace("_", " ") for fact in CRITERIA.facts)


def runs(text: str, length: int = 5) -> Iterator[str]:
    words = re.findall(r"[a-z]+", text.casefold())
    for first in range(len(words) - length + 1):
        yield " ".join(words[first : first + length])
