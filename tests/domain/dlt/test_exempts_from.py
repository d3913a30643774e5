"""Exceptions that are confined to named criteria."""

from typing import Any

import pytest

from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.errors import BadProtocol
from tests.builders import event
from tests.domain.dlt.toy import GRADE_3_OVER_7_DAYS, GRADE_4, clause, first, toy


class TestExceptionsConfinedToCriteria:
    """`exempts_from`: the exception takes a run out of these criteria and leaves the others."""

    @staticmethod
    def protocol(*criteria: str, **more: Any) -> ReadyProtocol:
        when = {"all": [{"term": "Pneumonitis"}, {"peak": {"at_most": 4}}]}
        confined = clause("lung", when=when, exempts_from=list(criteria), **more)
        return toy(criteria=[GRADE_4, GRADE_3_OVER_7_DAYS], exceptions=[confined])

    @pytest.mark.parametrize(
        ("criteria", "decided"),
        [
            (["grade-3-7d"], "grade-4"),
            (["grade-4"], "grade-3-7d"),
            (["grade-3-7d", "grade-4"], None),
        ],
    )
    def test_another_criterion_decides_as_if_it_did_not_exist(
        self, criteria: list[str], decided: str | None
    ) -> None:
        case = event("Pneumonitis", (4, "2026-03-10"), (0, "2026-03-25"))
        found = first(self.protocol(*criteria), case)
        assert (found.verdict, found.criterion) == ("DLT" if decided else "NOT_DLT", decided)

    def test_of_a_run_that_only_its_criteria_look_at_it_is_an_exemption(self) -> None:
        mild = event("Pneumonitis", (3, "2026-03-10"), (0, "2026-03-25"))
        found = first(self.protocol("grade-3-7d"), mild)
        assert (found.verdict, found.exception) == ("NOT_DLT", "lung")
        assert first(self.protocol("grade-4"), mild).criterion == "grade-3-7d"

    def test_its_limit_may_replace_that_of_one_of_them(self) -> None:
        limit = {"lasts": {"grade": 3, "no_longer_than": "P3D"}}
        protocol = self.protocol("grade-3-7d", limit=limit, replaces=["grade-3-7d"])
        days = {day: event("Pneumonitis", (3, "2026-03-10"), (0, f"2026-03-{10 + day}"))
                for day in (3, 4)}  # fmt: skip
        assert first(protocol, days[3]).verdict == "NOT_DLT"
        assert first(protocol, days[4]).criterion == "grade-3-7d"

    def test_a_limit_cannot_replace_that_of_a_criterion_that_is_left_out(self) -> None:
        limit = {"lasts": {"grade": 3, "no_longer_than": "P3D"}}
        with pytest.raises(BadProtocol) as refused:
            self.protocol("grade-3-7d", limit=limit, replaces=["grade-4"])
        (fault,) = refused.value.faults
        assert (fault.pointer, fault.code) == ("/dlt/exceptions/0/replaces", "replaced_elsewhere")
        assert fault.message == (
            "'lung' replaces the limit of 'grade-4' and does not exempt from it, only from "
            "grade-3-7d: name 'grade-4' in exempts_from as well, or leave it out of replaces"
        )

    def test_from_no_criterion_at_all_is_no_exception(self) -> None:
        with pytest.raises(BadProtocol) as refused:
            self.protocol()
        assert refused.value.faults[0].pointer == "/dlt/exceptions/0/exempts_from"
