"""From when on a DLT is established where the record leaves something open."""

import pytest

from app.domain.adjudication.prepare import prepare
from app.domain.dlt.encode import encode
from app.domain.dlt.judge import Verdict, judge
from app.domain.time import PartialTime
from tests.builders import LATER, SHANGHAI, event, subject
from tests.domain.dlt.toy import clause, first, toy

CARE, NO_CARE = {"fact": "care"}, {"not": {"fact": "care"}}


class TestUnknownFact:
    """Grade 3 for longer than 3 days, by one criterion with care and by another without."""

    PROTOCOL = toy(
        criteria=[
            clause("cared-for", grade=3, longer_than="P3D", when=CARE),
            clause("not-cared-for", grade=3, longer_than="P3D", when=NO_CARE),
            clause("any", grade=3, longer_than="P7D"),
        ]
    )

    @pytest.mark.parametrize(
        ("fall", "established"),
        [
            ("2026-03-08", None),
            ("2026-03-09", "2026-03-09T00:00:00+08:00"),
            ("2026-03-20", "2026-03-09T00:00:00+08:00"),
        ],
    )
    def test_either_answer_gives_the_same_instant(
        self, fall: str, established: str | None
    ) -> None:
        judged = first(self.PROTOCOL, event("Chills", (3, "2026-03-05"), (0, fall)))
        assert judged.verdict == ("DLT" if established else "NOT_DLT")
        assert judged.established_at == established

    def test_where_the_answers_differ_the_later_instant_is_established(self) -> None:
        protocol = toy(
            criteria=[
                clause("cared-for", grade=3, longer_than="P3D", when=CARE),
                clause("any", grade=3, longer_than="P7D"),
            ]
        )
        judged = first(protocol, event("Chills", (3, "2026-03-05"), (0, "2026-03-20")))
        assert judged.established_at == "2026-03-13T00:00:00+08:00"


class TestUnknownTerm:
    """In a batch too, an event whose term nobody knows is none of the terms that are judged."""

    PROTOCOL = toy(
        criteria=[
            clause("chills", grade=3, when={"group": "cold"}),
            clause("rash", grade=4, when={"group": "skin"}),
        ],
        groups={"cold": ["Chills"], "skin": ["Rash maculo-papular"]},
    )

    @pytest.mark.parametrize(
        ("term", "verdict"),
        [
            ("Frobnication", Verdict.UNDETERMINED),
            ("Chills", Verdict.DLT),
            ("Rash maculo-papular", Verdict.NOT_DLT),
            ("Alopecia", Verdict.NOT_DLT),
        ],
    )
    def test_is_undetermined(self, term: str, verdict: Verdict) -> None:
        assert self.PROTOCOL.rules is not None
        program = self.PROTOCOL.rules.program
        patient = subject(event(term, (3, "2026-03-10"), (0, "2026-03-12")))
        prepared = prepare([patient], self.PROTOCOL, PartialTime(LATER), SHANGHAI)[0]
        (found,) = judge(encode([prepared.recorded], program, {}), program).verdict.tolist()
        assert Verdict(found) is verdict


class TestPending:
    """Grade 3 since some time of 2026-03-05, for longer than 72 hours: from 2026-03-08 on."""

    PROTOCOL = toy(criteria=[clause("lasting", grade=3, longer_than="PT72H")])

    @pytest.mark.parametrize(
        ("as_of", "verdict"),
        [
            ("2026-03-07", "PENDING"),
            ("2026-03-07T23:59+08:00", "PENDING"),
            ("2026-03-08T00:00+08:00", "UNDETERMINED"),
            ("2026-03-08T23:59+08:00", "UNDETERMINED"),
            ("2026-03-09T00:00+08:00", "DLT"),
        ],
    )
    def test_until_the_limit_may_have_been_exceeded(self, as_of: str, verdict: str) -> None:
        lasting = event("Chills", (3, "2026-03-05"), ongoing=True)
        judged = first(self.PROTOCOL, lasting, as_of=as_of)
        assert judged.verdict == verdict
        due = judged.becomes_dlt_at if verdict == "PENDING" else None
        assert due == ("2026-03-09T00:00:00+08:00" if verdict == "PENDING" else None)
