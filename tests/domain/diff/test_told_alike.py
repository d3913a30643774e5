"""What is read off columns is what the whole answers of both versions say."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pytest

from app.data import protocols
from app.data.protocols import make_ready
from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.by_columns import ByColumns, ToldVerdict
from app.domain.adjudication.judged_columns import JudgedColumns
from app.domain.adjudication.protocol import ReadyProtocol, Rules
from app.domain.adjudication.result import EventAdjudication
from app.domain.adjudication.telling import Telling
from app.domain.case import Event, Subject
from app.domain.diff.agreement import agreement, carried_over
from app.domain.diff.told import changed_clauses, clauses_of_columns, clauses_of_explanation
from app.domain.diff.undetermined import Missing, missing_compared
from app.domain.dlt.columns import UNKNOWN, Columns, Index
from app.domain.dlt.judge import Verdicts, judge
from app.domain.dlt.packed import together
from app.domain.time import PartialTime
from tests.builders import event, subject
from tests.domain.dlt.toy import clause, toy
from tests.readjudications.patients import PROTOCOL, amended, generated

CUT: Final = PartialTime("2026-05-30")


@dataclass(frozen=True, kw_only=True)
class Both:
    """Events as two versions read and judge them."""

    old: Rules
    new: Rules
    was: Columns
    now: Columns
    before: Verdicts
    terms: Sequence[str]
    told: Sequence[EventAdjudication]
    told_now: Sequence[EventAdjudication]

    def undetermined(self) -> Index:
        """Those that stay undetermined, at the same instant."""
        again = judge(self.now, self.new.program)
        same = (self.before.verdict == again.verdict) & (self.before.at == again.at)
        told = [each.verdict == "UNDETERMINED" for each in self.told]
        return np.flatnonzero(same & np.array(told))

    def missing(self, rows: Index) -> Missing:
        was, now = self.was.take(rows), self.now.take(rows)
        told = [len(self.told[row].missing) for row in rows.tolist()]
        silent = [False] * len(told)
        return missing_compared(was, self.old.program, now, self.new.program, told, silent)

    def missing_alike(self, rows: Index) -> list[bool]:
        return [bool(each) for each in self.missing(rows).alike]

    def by_columns(self, rows: Index) -> tuple[ByColumns, ByColumns]:
        """Some events by the old version, and by the new one."""
        terms = [self.terms[row] for row in rows.tolist()]
        again = judge(self.now, self.new.program)
        return (
            ByColumns(self.was.take(rows), self.old, self.before.take(rows), terms),
            ByColumns(self.now.take(rows), self.new, again.take(rows), terms),
        )

    def of_known_grades(self) -> Index:
        unknown = self.was.event_of_change[self.was.courses.grade == UNKNOWN]
        return np.setdiff1d(np.arange(len(self.was)), unknown)


def both(cases: Sequence[Subject], old: ReadyProtocol, new: ReadyProtocol) -> Both:
    noted: dict[int, JudgedColumns] = {}
    answers = adjudicate(cases, old, CUT, None, telling=Telling(noted=noted))
    after = adjudicate(cases, new, CUT, None)
    kept = [noted[place] for place in range(len(cases))]
    columns, verdicts = together([each.packed for each in kept])
    terms = [term for each in kept for term in each.terms]
    rows = np.array([row for row, term in enumerate(terms) if term is not None])
    told = [event for each in answers for event in each.events]
    told_now = [event for each in after for event in each.events]
    agreed = agreement(old, new)
    assert agreed is not None
    assert agreed.facts is not None
    assert old.rules is not None
    assert new.rules is not None
    was = columns.take(rows)
    named = [terms[row] or "" for row in rows.tolist()]
    return Both(
        old=old.rules,
        new=new.rules,
        was=was,
        now=carried_over(was, named, old.rules.program, new.rules.program, agreed.facts),
        before=verdicts.take(rows),
        terms=named,
        told=[told[row] for row in rows.tolist()],
        told_now=[told_now[row] for row in rows.tolist()],
    )


def altered(what: str) -> Mapping[str, Any]:
    if what == "limits":
        return amended()
    document: dict[str, Any] = copy.deepcopy(dict(protocols.load(PROTOCOL, "1").document))
    document["version"] = "2"
    if what == "longer":
        document["dlt"]["criteria"][1]["longer_than"] = "P14D"
    else:
        exceptions = document["dlt"]["exceptions"]
        document["dlt"]["exceptions"] = [e for e in exceptions if e["id"] != "anemia-g4-28d"]
    return document


@pytest.fixture(scope="module", params=["limits", "longer", "without"])
def drawn(request: pytest.FixtureRequest) -> Both:
    cases = list(generated(300, seed=11))
    return both(cases, protocols.load(PROTOCOL, "1").ready, make_ready(altered(request.param)))


@pytest.mark.no_cover
def test_the_same_is_missing_where_columns_say_so(drawn: Both) -> None:
    rows = np.intersect1d(drawn.undetermined(), drawn.of_known_grades())
    found = drawn.missing(rows)
    same = [drawn.told[row].missing == drawn.told_now[row].missing for row in rows.tolist()]
    assert all(same[place] for place in np.flatnonzero(found.alike))
    assert not any(same[place] for place in np.flatnonzero(found.otherwise))
    assert found.alike.sum() >= 0.8 * sum(same) > 8, "it is found of most of whom it is so"
    assert found.otherwise.sum() >= 0.6 * (len(same) - sum(same)), "and of whom it is not"


def test_verdicts_and_clauses_are_told_as_explanations_tell_them(drawn: Both) -> None:
    rows = drawn.of_known_grades()
    for by, told in zip(drawn.by_columns(rows), (drawn.told, drawn.told_now), strict=True):
        for place, row in enumerate(rows.tolist()):
            event = told[row]
            assert by.told(place) == ToldVerdict(
                verdict=event.verdict,
                criterion=event.criterion,
                exception=event.exception,
                established_at=event.established_at,
                becomes_dlt_at=event.becomes_dlt_at,
            )
            clauses = clauses_of_columns(by.event(place), by.shown(place))
            explained = clauses_of_explanation(event.explanation.tree)
            assert list(clauses.items()) == list(explained.items())


def test_verdicts_stand_by_what_the_columns_say(drawn: Both) -> None:
    rows = drawn.of_known_grades()
    stood, stands = drawn.by_columns(rows)
    read_alike = 0
    for place, row in enumerate(rows.tolist()):
        one, other = stood.stands_by(place), stands.stands_by(place)
        for by, told in ((one, drawn.told[row]), (other, drawn.told_now[row])):
            assert (by.criterion, by.exception) == (told.criterion, told.exception)
            assert set(by.readings) <= set(told.readings)
        if one == other:
            assert drawn.told[row].readings == drawn.told_now[row].readings
            read_alike += 1
    assert read_alike > len(rows) / 2


WHEN: Final = {"serious": "any"}
LASTS: Final = {"lasts": {"grade": 3, "no_longer_than": "P3D"}}
RULES: Final[dict[str, Any]] = {
    "criteria": [clause("any", grade=3)],
    "exceptions": [clause("fever", when={"term": "Fever"}, limit=LASTS)],
}


def of_toy(events: Sequence[Event], **parts: Any) -> Both:
    changed = {**RULES, "version": "2", **parts}
    return both([subject(*events)], toy(**RULES), toy(**changed))


def longer(limit: str) -> Mapping[str, Any]:
    lasts = {"lasts": {"grade": 3, "no_longer_than": limit}}
    return {"exceptions": [clause("fever", when={"term": "Fever"}, limit=lasts)]}


def silent() -> Event:
    """Fever of grade 3 of which nobody told how it went on."""
    return event("Fever", (3, "2026-03-03"), id="AE-1")


def test_another_limit_is_told_of_what_it_leaves_open() -> None:
    asked = of_toy([silent()], **longer("P5D"))
    assert asked.undetermined().tolist() == [0]
    found = asked.missing(np.array([0]))
    assert (found.alike.tolist(), found.otherwise.tolist()) == ([False], [True]), "it names it"
    assert asked.missing_alike(np.zeros(0, dtype=np.int64)) == []


def test_another_title_leaves_all_as_it_is() -> None:
    asked = of_toy([silent()], title="Another title")
    assert asked.missing_alike(np.array([0])) == [True]


def test_what_no_time_leaves_open_is_compared_by_its_answers() -> None:
    serious = {"criteria": [clause("any", grade=3, when=WHEN)]}
    old, new = toy(**{**RULES, **serious}), toy(**{**RULES, **serious, "version": "2"})
    chills = event("Chills", (3, "2026-03-03"), (1, "2026-03-06"), id="AE-1", seriousness=None)
    asked = both([subject(chills)], old, new)
    assert [each.field for each in asked.told[0].missing] == ["seriousness"]
    assert asked.missing_alike(np.array([0])) == [True]


def test_more_unknowns_than_can_be_completed_are_told_alike_too() -> None:
    several = [(None, f"2026-03-{day:02}") for day in range(3, 12)]
    asked = of_toy([event("Fever", *several, id="AE-1")], title="Another title")
    assert asked.missing_alike(np.array([0])) == [True]


def test_versions_that_ask_for_other_facts_are_not_compared() -> None:
    more = {"criteria": [clause("any", grade=3), clause("severe", grade=4, when=WHEN)]}
    old, new = toy(**{**RULES, **more}), toy(**{**RULES, "version": "2"})
    asked = both([subject(silent())], old, new)
    assert asked.missing_alike(np.array([0])) == [False]


def test_patients_of_several_zones_have_their_own_days() -> None:
    first = subject(silent(), id="S-1")
    other = replace(
        subject(event("Fever", (3, "2026-03-03"), (1, "2026-03-06"), id="AE-2"), id="S-2"),
        time_zone="Europe/Berlin",
    )
    asked = both([first, other], toy(**RULES), toy(**{**RULES, "version": "2"}))
    stood, _ = asked.by_columns(np.arange(2))
    by = [stood.stands_by(place) for place in range(2)]
    assert [each.exception for each in by] == [each.exception for each in asked.told]
    assert [each.runs for each in by] == [((0, 3),), ((0, 3),)]


class TestWhatIsMissingOfAnUndeterminedEvent:
    """Of a fever or chills of grade 3 or more, by two versions of a few clauses."""

    def compared(self, asked: Both) -> tuple[bool, bool]:
        """Whether it is said to be alike, and to be otherwise; each has to be so."""
        assert asked.undetermined().tolist() == [0]
        found = asked.missing(np.array([0]))
        alike, otherwise = bool(found.alike[0]), bool(found.otherwise[0])
        same = asked.told[0].missing == asked.told_now[0].missing
        assert not (alike and not same)
        assert not (otherwise and same)
        return alike, otherwise

    def test_another_verdict_by_an_answer_is_told_otherwise(self) -> None:
        serious = clause("any", grade=3, when=WHEN)
        long = clause("long", grade=3, longer_than="P60D")
        old, new = toy(criteria=[serious]), toy(criteria=[serious, long], version="2")
        chills = event("Chills", (3, "2026-03-03"), id="AE-1", seriousness=None)
        asked = both([subject(chills)], old, new)
        was, now = ({**each[0].missing[0].would_settle} for each in (asked.told, asked.told_now))
        assert (was["not_serious"], now["not_serious"]) == ("NOT_DLT", "UNDETERMINED")
        assert self.compared(asked) == (False, True)

    def test_whether_another_question_is_told_is_left_to_the_record(self) -> None:
        """The first that matters is another one."""
        first, second = WHEN, {"fact": "treated"}
        versions = [
            toy(
                criteria=[
                    clause("a", grade=one, when=first),
                    clause("b", grade=other, when=second),
                ],
                version=version,
            )
            for version, one, other in (("1", 3, 4), ("2", 4, 3))
        ]
        chills = event("Chills", (3, "2026-03-03"), (1, "2026-03-06"), id="AE-1", seriousness=None)
        asked = both([subject(chills)], *versions)
        assert [each.field for each in asked.told[0].missing] == ["seriousness"]
        assert [each.field for each in asked.told_now[0].missing] == ["fact"]
        assert self.compared(asked) == (False, False)

    def test_a_limit_is_not_told_where_its_question_is_not(self) -> None:
        """A death is a question for the committee, which is asked already."""
        ruled = clause("ruled", grade=3, when={"ruling": "Was it dangerous?"})
        versions = [
            toy(criteria=[ruled, clause("long", grade=3, longer_than=limit)], version=version)
            for version, limit in (("1", "P7D"), ("2", "P14D"))
        ]
        chills = event("Chills", (3, "2026-03-03T10:00+08:00"), id="AE-1", ongoing=True)
        asked = both([subject(chills, death={"date": "2026-03-05"})], *versions)
        assert [each.field for each in asked.told[0].missing] == ["committee_ruling"]
        assert self.compared(asked) == (True, False)

    def test_an_open_onset_is_asked_for_beside_a_clock(self) -> None:
        """So the questions are compared, not their limits alone."""
        versions = [
            toy(criteria=[clause("long", grade=3, longer_than=limit)], version=version)
            for version, limit in (("1", "P7D"), ("2", "P14D"))
        ]
        chills = event("Chills", (3, "2026-03"), (1, "2026-04"), id="AE-1")
        asked = both([subject(chills)], *versions)
        assert len(asked.told[0].missing) > 1
        assert self.compared(asked) == (False, False)
        same = both([subject(chills)], versions[0], versions[0])
        assert self.compared(same) == (True, False)

    def test_what_either_answer_leaves_undecided_is_not_asked_for(self) -> None:
        """Whether grade 3 lasted seven days decides nothing: grade 4 is a DLT beyond the limit."""
        criteria = [clause("severe", grade=4), clause("long", grade=3, longer_than="P7D")]
        versions = [
            toy(
                criteria=criteria,
                exceptions=[
                    clause(
                        "fever",
                        when={"term": "Fever"},
                        limit={"lasts": {"grade": 4, "no_longer_than": limit}},
                    )
                ],
                version=version,
            )
            for version, limit in (("1", "P28D"), ("2", "P21D"))
        ]
        asked = both([subject(event("Fever", (4, "2026-03-03"), id="AE-1"))], *versions)
        assert "limit 28 days" in asked.told[0].missing[0].text
        assert self.compared(asked) == (False, True)

    @pytest.mark.parametrize(("limit", "alike"), [("P9D", False), ("P7D", True)])
    def test_where_nothing_is_told_all_that_it_may_come_to_is_compared(
        self, limit: str, alike: bool
    ) -> None:
        """No clock alone settles whether both of one pair are beyond their limits."""

        def pairs(first: str) -> Mapping[str, Any]:
            limits = (((3, first), (2, "P8D")), ((3, "P10D"), (2, "P7D")))
            lasts = [
                {"all": [{"lasts": {"grade": grade, "longer_than": days}} for grade, days in pair]}
                for pair in limits
            ]
            return {"criteria": [clause("both", grade=2, when={"any": lasts})]}

        fever = event("Fever", (3, "2026-03-08"), id="AE-1")
        asked = both([subject(fever)], toy(**pairs("P7D")), toy(**pairs(limit), version="2"))
        assert asked.told[0].missing == asked.told_now[0].missing == ()
        assert self.compared(asked) == (alike, False)

    def test_a_baseline_that_nobody_knows(self) -> None:
        rise = {"shift": {"at_least": 3}}
        versions = [
            toy(criteria=[clause("rise", grade=3, when=rise)], version=version, title=version)
            for version in ("1", "2")
        ]
        chills = event("Chills", (3, "2026-03-03"), id="AE-1", baseline_grade=None)
        asked = both([subject(chills)], *versions)
        assert "baseline_grade" in [each.field for each in asked.told[0].missing]
        assert self.compared(asked) == (True, False)


def test_clauses_that_one_version_lacks_are_told_without_the_other() -> None:
    old = toy(**RULES)
    new = toy(**{**RULES, "exceptions": [], "version": "2"})
    asked = both([subject(silent())], old, new)
    stood, stands = asked.by_columns(np.array([0]))
    was, now = (clauses_of_columns(by.event(0), by.shown(0)) for by in (stood, stands))
    changed = {each.clause: each for each in changed_clauses(was, now)}
    assert changed.keys() == {"any", "fever"} - {key for key in was if was[key] == now.get(key)}
    assert changed["fever"].new is None
    assert changed["fever"].old == was["fever"]
    assert list(changed_clauses(was, was)) == []
