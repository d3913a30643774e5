"""A definition of a DLT that the linter finds nothing in, and ways to change it."""

from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from typing import Any

from app.data.protocols import load, make_ready
from app.data.strict_yaml import read_yaml
from app.domain.lint.finding import LintFinding, LintReport
from app.domain.lint.lint import lint
from app.domain.lint.variants import Workshop
from app.use_cases.lint import linted_document

Data = dict[str, Any]
CLEAN = """
id: CLEAN
version: "1"
title: A trial that the linter finds nothing in
source: {registry: "NCT00000000", updated: "2026-01-15", section: Safety}
agents: {CELLS: investigational, lymphodepletion: background}
grading:
  dictionary: ctcae-5.0
  scales: {Cytokine release syndrome: astct-2019}
  own_terms: [{term: ICANS, grades: [1, 2, 3, 4, 5]}]
phases: [{id: escalation}, {id: expansion}]
follow_up: P104W
interventions: {vasopressor: [norepinephrine, adrenaline]}
groups:
  neutropenia: [Neutrophil count decreased]
  liver: [Alanine aminotransferase increased, Aspartate aminotransferase increased]
  syndromes: [Cytokine release syndrome, ICANS]
readings:
  - id: R-WINDOW
    question: Does the window end with day 28 or with day 27?
    options: {day-28: With day 28., day-27: With day 27.}
    default: day-28
  - id: R-LIMIT
    question: Does the limit of 72 hours stand in the place of the general one?
    options: {replaces: It does., only-exempts: It only exempts.}
    default: replaces
dlt:
  observed_in: [escalation]
  window:
    anchor: each_infusion
    agent: CELLS
    first_day: 0
    through: {reading: R-WINDOW, options: {day-28: P28D, day-27: P27D}}
  counts:
    related: {agent: CELLS, any_of: [possible, probable, definite]}
    unless: {all: [{laboratory: true}, {clinically_significant: false}]}
  criteria:
    - {id: grade-4, at: "5.1 a", says: Grade 4 or 5., grade: 4}
    - {id: grade-3, at: "5.1 b", says: Grade 3 for longer than 7 days., grade: 3, longer_than: P7D}
    - id: seizure
      at: "5.1 c"
      says: A seizure of grade 3 for longer than a day.
      grade: 3
      longer_than: P1D
      when: {term: Seizure}
    - id: shock
      at: "5.1 d"
      says: Hypotension of grade 3 on a vasopressor.
      grade: 3
      when: {all: [{term: Hypotension}, {intervention: vasopressor}]}
  exceptions:
    - id: neutropenia
      at: "5.2 a"
      says: Neutropenia of grade 4 for no longer than 14 days.
      when: {all: [{group: neutropenia}, {peak: {at_most: 4}}]}
      limit: {lasts: {grade: 4, no_longer_than: P14D}}
    - id: liver
      at: "5.2 b"
      says: Raised transaminases of grade 3 for no longer than 14 days.
      when: {all: [{group: liver}, {peak: {at_most: 3}}]}
      limit: {lasts: {grade: 3, no_longer_than: P14D}}
    - id: syndromes
      at: "5.2 c"
      says: CRS or ICANS of grade 4 for no longer than 72 hours.
      when: {all: [{group: syndromes}, {peak: {at_most: 4}}]}
      limit: {lasts: {grade: 3, no_longer_than: PT72H}}
      replaces: {reading: R-LIMIT, options: {replaces: [grade-3], only-exempts: []}}
"""


@cache
def _clean() -> Data:
    read: Data = read_yaml(CLEAN)
    return read


def clean() -> Data:
    """The document, to be changed."""
    return deepcopy(_clean())


def settled() -> Data:
    """The document without readings that a note tells of: its exemption replaces in any case."""
    document = clean()
    document["readings"] = document["readings"][:1]
    exception(document, "syndromes")["replaces"] = ["grade-3"]
    return document


@cache
def of_built_in(protocol_id: str, version: str) -> LintReport:
    """What is found in a built-in document, which takes long and is asked in several files.

    No branch may be shown by it: whether a traced test is the first to ask is luck.
    """
    known = load(protocol_id, version)
    return lint(known.ready, known.document)


def criterion(document: Data, clause: str) -> Data:
    """A criterion of a document."""
    return next(each for each in document["dlt"]["criteria"] if each["id"] == clause)


def exception(document: Data, clause: str) -> Data:
    """An exception of a document."""
    return next(each for each in document["dlt"]["exceptions"] if each["id"] == clause)


def findings(document: Mapping[str, Any], code: str) -> list[LintFinding]:
    """The findings of a code."""
    return [each for each in linted_document(document).findings if each.code == code]


def codes(report: LintReport) -> list[str]:
    """What was found, by code."""
    return [each.code for each in report.findings]


def workshop(document: Data) -> Workshop:
    """A document's boundary cases and changes."""
    ready = make_ready(document)
    assert ready.rules is not None
    return Workshop(ready, ready.rules.decided)
