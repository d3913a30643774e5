"""Why: the sentence of each verdict, the clock arithmetic in it, and the tree it was made from."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.adjudication.result import EventAdjudication, Reason
from tests.builders import caused_by, event, ic19, ic19_patient, subject

PNEUMONITIS, CRS = "Pneumonitis", "Cytokine release syndrome"


def nodes(reason: Reason) -> Iterator[Reason]:
    yield reason
    for part in reason.parts:
        yield from nodes(part)


def node(judged: EventAdjudication, clause: str) -> Reason:
    return next(each for each in nodes(judged.explanation.tree) if each.clause == clause)


def said(judged: EventAdjudication) -> list[str]:
    return [each.text for each in nodes(judged.explanation.tree)]


class TestSentence:
    """Verdict first, then the clause with its place, the facts and the arithmetic."""

    def test_a_broken_limit_of_an_exception(self) -> None:
        judged = ic19(event(CRS, (3, "2026-03-03T08:00+08:00"), (2, "2026-03-06T08:01+08:00")))
        assert judged.explanation.text == (
            "DLT since 2026-03-06 08:00 +08:00: criterion grade-3-persisting (Definition of DLT, "
            "item 2), with the limit of crs-g3-72h (Expected events, non-haematology, 5: CRS of "
            "grade 3 that returns to grade 2 or less within 72 hours): grade 3 from 2026-03-03 "
            "08:00 to 2026-03-06 08:01 +08:00 = 72 h 1 min; limit 72 h."
        )

    def test_a_kept_limit_of_an_exception(self) -> None:
        judged = ic19(event("Anemia", (4, "2026-03-09"), (2, "2026-03-19")))
        assert judged.explanation.text == (
            "NOT_DLT: anemia-g4-28d (Expected events, haematology, 4: Anaemia of grade 3, or of "
            "grade 4 for no more than 28 days): grade 4 from 2026-03-09 to 2026-03-19 = 10 days; "
            "limit 28 days."
        )

    def test_an_immediate_criterion(self) -> None:
        judged = ic19(event(PNEUMONITIS, (4, "2026-03-10"), (2, "2026-03-12")))
        assert judged.explanation.text == (
            "DLT since 2026-03-10 00:00 +08:00: criterion grade-4-or-5 (Definition of DLT, "
            "item 1: A grade 4 or 5 event, unless it is a laboratory finding without clinical "
            "significance): grade 4 or more reached: 2026-03-10."
        )

    def test_an_exemption_that_stops_at_its_grade(self) -> None:
        judged = ic19(event(CRS, (4, "2026-03-04T06:00+08:00"), (2, "2026-03-04T16:00+08:00")))
        assert "crs-g3-72h (Expected events, non-haematology, 5) does not exempt" in (
            judged.explanation.text
        )

    def test_a_running_clock(self) -> None:
        running = event("Chills", (3, "2026-03-01T14:00+08:00"), ongoing=True)
        judged = ic19(running, as_of="2026-03-02T00:00+08:00")
        assert judged.explanation.text.startswith(
            "PENDING: not a DLT so far; it becomes one at 2026-03-04 14:00 +08:00 if the present "
            "grade persists."
        )
        assert "going on at the data cut (2026-03-02 00:00 +08:00) = 10 h so far; limit 72 h" in (
            judged.explanation.text
        )

    def test_an_open_question_and_what_would_settle_it(self) -> None:
        judged = ic19(event(PNEUMONITIS, (4, "2026-03-10"), causality=[]))
        assert judged.explanation.text == (
            "UNDETERMINED: data that could change the verdict are missing. The causality of AE-1 "
            "to IC19 is not recorded. [related → DLT; not_related → NOT_DLT]"
        )

    def test_an_onset_outside_the_window(self) -> None:
        judged = ic19(event(PNEUMONITIS, (3, "2026-03-30"), (2, "2026-04-30")))
        assert (
            "onset 2026-03-30, outside the window 2026-03-01 10:00 +08:00 to the end of 2026-03-29"
            in judged.explanation.text
        )

    def test_a_grade_below_every_criterion(self) -> None:
        judged = ic19(event(PNEUMONITIS, (2, "2026-03-10"), ongoing=True))
        assert judged.explanation.text == (
            "NOT_DLT: its highest grade is 2, and no criterion looks at a grade below 3."
        )

    def test_an_event_after_the_cut(self) -> None:
        judged = ic19(event(PNEUMONITIS, (4, "2026-03-10")), as_of="2026-03-05")
        assert judged.explanation.text == (
            "NOT_DLT: nothing of the event lies at or before the data cut."
        )

    @pytest.mark.parametrize(
        ("stop", "words"),
        [
            (
                {"death": {"date": "2026-03-14"}},
                "not recovered by the death on 2026-03-14, which stopped the clock; limit 7 days",
            ),
            (
                {"withdrawal": {"date": "2026-03-14"}},
                "not recovered by the withdrawal on 2026-03-14, which stopped the clock",
            ),
            (
                {"follow_up_until": "2026-03-14"},
                "not recovered by the end of follow-up on 2026-03-14, which stopped the clock",
            ),
            ({"death": {"date": None}}, "the death on an unknown date"),
        ],
    )
    def test_a_stopped_clock(self, stop: dict[str, Any], words: str) -> None:
        judged = ic19(event(PNEUMONITIS, (3, "2026-03-10"), ongoing=True), **stop)
        assert words in judged.explanation.text

    @pytest.mark.parametrize(
        ("told", "words"),
        [
            ({"ongoing": None}, "known to go on until 2026-03-10 00:00 +08:00, not known after"),
            ({"ongoing": False}, "ended at an unknown time by the data cut; limit 7 days"),
        ],
    )
    def test_an_end_that_is_not_known(self, told: dict[str, Any], words: str) -> None:
        judged = ic19(event(PNEUMONITIS, (3, "2026-03-10"), **told))
        assert words in judged.explanation.text

    def test_a_death_of_the_event(self) -> None:
        judged = ic19(event(PNEUMONITIS, (3, "2026-03-28"), (5, "2026-04-01")))
        assert "until death (2026-04-01), which is no recovery; limit 7 days" in (
            judged.explanation.text
        )

    def test_a_fall_between_two_assessments(self) -> None:
        shown = [("2026-03-04", 4), ("2026-03-30", 4), ("2026-04-06", 2)]
        judged = ic19(
            event(
                "Neutrophil count decreased",
                (4, "2026-03-04"),
                (2, "2026-04-06"),
                clinically_significant=True,
                assessments=[{"on": on, "grade": grade} for on, grade in shown],
            )
        )
        assert (
            "grade 4 from 2026-03-04 to some time after 2026-03-30 and by 2026-04-06 = "
            "26 to 33 days; limit 28 days" in judged.explanation.text
        )

    def test_the_last_assessment_of_an_open_event(self) -> None:
        shown = [{"on": "2026-03-04", "grade": 4}, {"on": "2026-03-30", "grade": 4}]
        told: dict[str, Any] = {"clinically_significant": True, "assessments": shown}
        judged = ic19(event("Neutropenia", (4, "2026-03-04"), ongoing=True, **told))
        assert "last shown on 2026-03-30" in judged.explanation.text

    def test_where_no_assessment_shows_the_grade_its_change_did(self) -> None:
        shown = [{"on": "2026-03-04", "grade": None}, {"on": "2026-03-30", "grade": None}]
        told: dict[str, Any] = {"clinically_significant": True, "assessments": shown}
        judged = ic19(event("Neutropenia", (4, "2026-03-04"), ongoing=True, **told))
        assert "last shown on 2026-03-04" in judged.explanation.text

    def test_undetermined_says_from_when_it_is_a_dlt_whatever_is_missing(self) -> None:
        unknown = event("Sepsis", (None, "2026-03-10"), ongoing=True)
        judged = ic19(unknown, as_of="2026-03-12")
        assert judged.explanation.text.endswith(
            "Whatever they are, it is a DLT from 2026-03-18 00:00 +08:00 "
            "if the present grade persists."
        )


class TestTree:
    """Every clause that looked at the event, with what it rests on."""

    CRS_LATE = event(CRS, (3, "2026-03-03T08:00+08:00"), (2, "2026-03-06T08:01+08:00"))

    def test_the_root_is_the_verdict(self) -> None:
        judged = ic19(self.CRS_LATE)
        root = judged.explanation.tree
        assert (root.says, root.truth) == ("event AE-1 is a DLT", "yes")
        assert (root.since, root.text) == (judged.established_at, judged.explanation.text)

    def test_a_criterion_carries_its_place_its_paraphrase_and_its_facts(self) -> None:
        criterion = node(ic19(self.CRS_LATE), "grade-3-persisting")
        assert criterion.at == "Definition of DLT, item 2"
        assert criterion.says.startswith("A grade 3 event that has not improved")
        assert (criterion.truth, criterion.since) == ("yes", "2026-03-06T08:00:00+08:00")
        texts = [part.text for part in criterion.parts]
        assert "causality to IC19: possible (investigator)" in texts
        assert (
            "onset 2026-03-03 08:00 +08:00, inside the window "
            "2026-03-01 10:00 +08:00 to the end of 2026-03-29" in texts
        )

    def test_an_exception_carries_its_own_clock(self) -> None:
        exception = node(ic19(self.CRS_LATE), "crs-g3-72h")
        assert exception.truth == "no"
        clock = exception.parts[-1]
        assert (clock.says, clock.truth) == ("longer than 72 h before grade 2 or less", "yes")
        assert len(clock.records) == 2

    @pytest.mark.parametrize(
        ("case", "as_of", "truth"),
        [
            (event(PNEUMONITIS, (4, "2026-03-10")), "2026-05-30", "yes"),
            (event(PNEUMONITIS, (2, "2026-03-10")), "2026-05-30", "no"),
            (event(PNEUMONITIS, (3, "2026-03-10"), ongoing=True), "2026-03-12", "not_yet"),
            (event(PNEUMONITIS, (4, "2026-03-10"), causality=[]), "2026-05-30", "unknown"),
        ],
        ids=["dlt", "not-dlt", "pending", "undetermined"],
    )
    def test_truth_follows_the_verdict(self, case: Any, as_of: str, truth: str) -> None:
        assert ic19(case, as_of=as_of).explanation.tree.truth == truth

    def test_facts_say_what_the_record_says(self) -> None:
        both = caused_by("unlikely") + caused_by("possible", "sponsor")
        judged = ic19(event(PNEUMONITIS, (4, "2026-03-10"), causality=both))
        assert (
            "causality to IC19: unlikely (investigator), possible (sponsor); they differ"
            in said(judged)
        )

    def test_the_patient_names_every_event_and_its_verdict(self) -> None:
        patient = subject(self.CRS_LATE, event(PNEUMONITIS, (1, "2026-03-10"), id="AE-2"))
        tree = ic19_patient(patient).subject.explanation.tree
        assert [(part.says, part.text) for part in tree.parts] == [
            ("event AE-1 is a DLT", "DLT"),
            ("event AE-2 is a DLT", "NOT_DLT"),
        ]
        assert "window 2026-03-01 10:00 +08:00 to the end of 2026-03-29" in tree.text


class TestArithmetic:
    """What an explanation says of a clock can be checked with pencil and paper."""

    HOURS = re.compile(
        r"grade 3 from (\S+ \S+) to (\S+ \S+) \+08:00 = (?:(\d+) h)?(?: ?(\d+) min)?; limit 72 h"
    )
    DAYS = re.compile(r"grade 3 from (\S+) to (\S+) = (\d+) days?; limit 7 days")

    @given(start=st.integers(0, 20_000), length=st.integers(1, 9_000))
    def test_hours(self, start: int, length: int) -> None:
        began = datetime(2026, 3, 2) + timedelta(minutes=start)  # noqa: DTZ001
        ended = began + timedelta(minutes=length)
        times = [f"{moment.isoformat(timespec='minutes')}+08:00" for moment in (began, ended)]
        judged = ic19(event(CRS, (3, times[0]), (2, times[1])))
        found = self.HOURS.search(judged.explanation.text)
        assert found is not None
        told = [datetime.fromisoformat(found[place]) for place in (1, 2)]
        hours, minutes = int(found[3] or 0), int(found[4] or 0)
        assert told == [began, ended]
        assert timedelta(hours=hours, minutes=minutes) == ended - began
        assert judged.verdict == ("DLT" if ended - began > timedelta(hours=72) else "NOT_DLT")

    @given(start=st.integers(0, 26), length=st.integers(1, 40))
    def test_days(self, start: int, length: int) -> None:
        began = datetime(2026, 3, 2) + timedelta(days=start)  # noqa: DTZ001
        ended = began + timedelta(days=length)
        times = [moment.date().isoformat() for moment in (began, ended)]
        judged = ic19(event(PNEUMONITIS, (3, times[0]), (2, times[1])))
        found = self.DAYS.search(judged.explanation.text)
        assert found is not None
        told = [datetime.fromisoformat(found[place]) for place in (1, 2)]
        assert told == [began, ended]
        assert timedelta(days=int(found[3])) == ended - began
        assert judged.verdict == ("DLT" if length > 7 else "NOT_DLT")
