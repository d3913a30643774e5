"""Verdicts are kept at the cut of knowledge: a datum or a passed instant makes new ones.

IC19 lets a grade 3 be for 7 days: from 2026-03-05 to 2026-03-13. The window ends with 2026-03-29.
"""

from typing import Any, Final

import pytest

from tests.record.service import Service, by_source, of_study

pytestmark = pytest.mark.anyio

ONSET: Final = (3, "2026-03-05")
LIMIT: Final = "2026-03-13T00:00:00+08:00"
BEFORE_LIMIT: Final = "2026-03-12T23:59:59.999999+08:00"
END: Final = "2026-03-30T00:00:00+08:00"
BEFORE_END: Final = "2026-03-29T23:59:59.999999+08:00"
LATER: Final = "2026-05-30T00:00:00+08:00"


def on(day: int, clock: str = "12:00") -> str:
    return f"2026-03-{day:02}T{clock}:00+08:00"


@pytest.fixture
async def begun(service: Service) -> Service:
    return await infused(service)


async def infused(service: Service) -> Service:
    """S-01 has been infused."""
    await service.begin(at=on(1))
    await service.patient(at=on(2))
    return service


async def told(service: Service, subject: str = "S-01") -> tuple[str, dict[str, str]]:
    """The status of the patient, and the verdict of each event."""
    verdicts = (await service.verdicts(subject))["verdicts"]
    events = {each["id"].removeprefix("edc:"): each["verdict"] for each in verdicts["events"]}
    return verdicts["subject"]["status"], events


async def asked(service: Service) -> list[str]:
    """What is missing of the first event, else of the patient."""
    verdicts = (await service.verdicts())["verdicts"]
    of = verdicts["events"][0] if verdicts["events"] else verdicts["subject"]
    return [each["field"] for each in of["missing"]]


class TestTimeThatMerelyPasses:
    @pytest.fixture
    async def begun(self, any_service: Service) -> Service:
        return await infused(any_service)

    async def test_it_writes_nothing(self, begun: Service) -> None:
        await begun.event("AE-1", ONSET, ongoing=True, at=on(8))
        kept, rows = await begun.verdicts(), begun.rows()
        for moment in (on(8, "12:01"), on(9), on(12), BEFORE_LIMIT):
            assert begun.sweep(moment) == 0
            assert await begun.verdicts() == kept
        assert begun.rows() == rows

    async def test_a_verdict_says_when_to_look_again(self, begun: Service) -> None:
        await begun.event("AE-1", ONSET, ongoing=True, at=on(8))
        kept = await begun.verdicts()
        assert kept["due"] == "2026-03-12T16:00:00Z"
        assert kept["verdicts"]["events"][0]["becomes_dlt_at"] == LIMIT
        assert kept["verdicts"]["subject"]["until"] == LIMIT

    async def test_after_the_last_instant_there_is_nothing_to_look_for(
        self, begun: Service
    ) -> None:
        await begun.patient(follow_up_until="2026-03-29", at=LATER)
        assert (await begun.verdicts())["due"] is None
        assert begun.sweep("2036-01-01T00:00:00+08:00") == 0


class TestTheLimitThatPasses:
    @pytest.mark.parametrize(
        ("moment", "due", "verdict"), [(BEFORE_LIMIT, 0, "PENDING"), (LIMIT, 1, "UNDETERMINED")]
    )
    async def test_silence_leaves_the_event_undetermined(
        self, begun: Service, moment: str, due: int, verdict: str
    ) -> None:
        """Nobody has said since the 8th that it goes on, and silence is no DLT."""
        await begun.event("AE-1", ONSET, ongoing=True, at=on(8))
        assert begun.sweep(moment) == due
        assert await told(begun) == (verdict, {"AE-1": verdict})
        assert await asked(begun) == (["recovery"] if due else [])

    async def test_it_is_written_once_however_often_somebody_looks(
        self, any_service: Service
    ) -> None:
        begun = await infused(any_service)
        await begun.event("AE-1", ONSET, ongoing=True, at=on(8))
        number = len(await begun.adjudications())
        assert begun.sweep(LIMIT) == 1
        rows = begun.rows()
        assert begun.sweep() == 0
        assert begun.sweep(on(14)) == 0
        await begun.verdicts()
        assert begun.rows() == rows
        assert len(await begun.adjudications()) == number + 1

    async def test_who_asks_first_writes_it(self, begun: Service) -> None:
        """A reader need not wait for the sweep."""
        await begun.event("AE-1", ONSET, ongoing=True, at=on(8))
        begun.watch.set(LIMIT)
        assert await told(begun) == ("UNDETERMINED", {"AE-1": "UNDETERMINED"})
        assert (await begun.adjudications())[-1]["cause"] == "time"
        assert (await begun.audit())[-1]["actor"] == "sweep"
        assert begun.sweep() == 0

    @pytest.mark.parametrize(
        ("moment", "verdict"), [(BEFORE_LIMIT, "PENDING"), (LIMIT, "DLT"), (on(14), "DLT")]
    )
    async def test_word_that_it_still_goes_on_makes_it_a_dlt(
        self, begun: Service, moment: str, verdict: str
    ) -> None:
        await begun.event("AE-1", ONSET, ongoing=True, at=on(8))
        await begun.event("AE-1", ONSET, ongoing=True, ongoing_as_of=moment, at=moment)
        assert (await told(begun))[1] == {"AE-1": verdict}
        if verdict == "DLT":
            event = (await begun.verdicts())["verdicts"]["events"][0]
            assert event["established_at"] == LIMIT

    @pytest.mark.parametrize(
        ("recovered", "verdict"), [("2026-03-12", "NOT_DLT"), ("2026-03-13", "DLT")]
    )
    async def test_so_does_a_recovery_and_nothing_is_due_any_more(
        self, begun: Service, recovered: str, verdict: str
    ) -> None:
        await begun.event("AE-1", ONSET, ongoing=True, at=on(8))
        begun.sweep(LIMIT)
        await begun.event("AE-1", ONSET, (1, recovered), ongoing=False, at=on(14))
        assert (await told(begun))[1] == {"AE-1": verdict}
        assert (await begun.verdicts())["due"] == "2026-03-29T16:00:00Z"

    async def test_each_limit_that_passes_is_a_verdict_of_its_own(self, begun: Service) -> None:
        """Of neither has anybody said since the 8th that it goes on."""
        await begun.event("AE-1", ONSET, ongoing=True, at=on(8))
        await begun.event("AE-2", (3, "2026-03-07"), ongoing=True, at=on(8))
        number = len(await begun.adjudications())
        seen = []
        for moment in (LIMIT, on(15, "00:00"), END):
            assert begun.sweep(moment) == 1
            seen.append(await told(begun))
        assert seen == [
            ("UNDETERMINED", {"AE-1": "UNDETERMINED", "AE-2": "PENDING"}),
            ("UNDETERMINED", {"AE-1": "UNDETERMINED", "AE-2": "UNDETERMINED"}),
            ("UNDETERMINED", {"AE-1": "UNDETERMINED", "AE-2": "UNDETERMINED"}),
        ]
        assert len(await begun.adjudications()) == number + 3

    async def test_those_that_passed_unseen_are_caught_up_with_at_once(
        self, begun: Service
    ) -> None:
        await begun.event("AE-1", ONSET, ongoing=True, at=on(8))
        await begun.event("AE-2", (3, "2026-03-07"), ongoing=True, at=on(8))
        number = len(await begun.adjudications())
        assert begun.sweep(LATER) == 1
        assert len(await begun.adjudications()) == number + 1
        assert (await begun.verdicts())["as_of"] == "2026-03-29T16:00:00Z"


class TestWhatTheSourceKnew:
    @pytest.mark.parametrize(
        ("wrote", "arrived", "verdict"),
        [
            (on(8), on(10), "PENDING"),
            (on(8), BEFORE_LIMIT, "PENDING"),
            (on(8), LIMIT, "UNDETERMINED"),
            (BEFORE_LIMIT, on(14), "UNDETERMINED"),
            (LIMIT, on(14), "DLT"),
            (None, BEFORE_LIMIT, "PENDING"),
            (None, LIMIT, "DLT"),
        ],
    )
    async def test_an_event_goes_on_up_to_when_its_source_wrote_so(
        self, begun: Service, wrote: str | None, arrived: str, verdict: str
    ) -> None:
        """Not up to its arrival; without a time of the source, up to that."""
        source = {"time": wrote} if wrote else None
        await begun.event("AE-1", ONSET, ongoing=True, source=source, at=arrived)
        assert (await told(begun))[1] == {"AE-1": verdict}

    async def test_an_earlier_source_is_the_cut(self, begun: Service) -> None:
        source = {"time": on(8)}
        await begun.event("AE-1", ONSET, ongoing=True, source=source, at=on(10))
        kept = await begun.verdicts()
        assert (kept["as_of"], kept["known_at"]) == (
            "2026-03-08T04:00:00Z",
            "2026-03-10T04:00:00Z",
        )

    @pytest.mark.parametrize(
        ("moment", "verdict"),
        [(on(8), "PENDING"), (on(12, "23:59"), "PENDING"), (on(13, "00:00"), "UNDETERMINED")],
    )
    async def test_what_is_told_of_another_event_does_not_speak_of_this_one(
        self, begun: Service, moment: str, verdict: str
    ) -> None:
        """The cut is that of the patient; of AE-1 nobody has said since whether it goes on.

        It stays pending until its limit has run out: there silence is not persistence.
        """
        await begun.event("AE-1", ONSET, ongoing=True, at=on(8))
        await begun.event("AE-2", (1, "2026-03-06"), ongoing=True, at=moment)
        assert (await told(begun))[1] == {"AE-1": verdict, "AE-2": "NOT_DLT"}
        assert await asked(begun) == (["recovery"] if verdict == "UNDETERMINED" else [])

    @pytest.mark.parametrize(
        ("until", "verdict"), [("2026-03-12", "UNDETERMINED"), ("2026-03-13", "DLT")]
    )
    async def test_who_says_up_to_when_it_went_on_is_believed(
        self, begun: Service, until: str, verdict: str
    ) -> None:
        await begun.event("AE-1", ONSET, ongoing=True, ongoing_as_of=until, at=on(20))
        assert (await told(begun))[1] == {"AE-1": verdict}

    @pytest.mark.parametrize(
        ("stated", "verdict"),
        [
            ({"interventions": [{"kind": "oxygen", "end": "2026-03-13"}]}, "UNDETERMINED"),
            ({"assessments": [{"on": "2026-03-12", "grade": 3}]}, "UNDETERMINED"),
            ({"assessments": [{"on": "2026-03-13", "grade": 3}]}, "DLT"),
        ],
    )
    async def test_the_planned_end_of_an_intervention_is_no_word_that_the_event_went_on(
        self, begun: Service, stated: dict[str, Any], verdict: str
    ) -> None:
        source = {"time": on(8)}
        await begun.event("AE-1", ONSET, ongoing=True, source=source, at=on(14), **stated)
        assert (await told(begun))[1] == {"AE-1": verdict}

    @pytest.mark.parametrize(
        ("moment", "verdict"),
        [(on(6), "NOT_DLT"), (BEFORE_LIMIT, "NOT_DLT"), (LIMIT, "UNDETERMINED")],
    )
    async def test_an_event_whose_end_nobody_dated_had_ended_when_its_source_spoke(
        self, begun: Service, moment: str, verdict: str
    ) -> None:
        """What is measured of the patient later does not make it last."""
        await begun.event("AE-1", ONSET, ongoing=False, at=moment)
        assert (await told(begun))[1] == {"AE-1": verdict}
        result = {"subject": "S-01", "analyte": "ALT", "measured_at": on(15), "value": "30"}
        path = by_source("LB-1", "laboratory-results")
        await begun.done("PUT", path, result, at=on(15))
        assert (await begun.verdicts())["as_of"] == "2026-03-15T04:00:00Z"
        assert (await told(begun))[1] == {"AE-1": verdict}


class TestTheWindowThatEnds:
    @pytest.mark.parametrize(
        ("moment", "due", "status"), [(BEFORE_END, 0, "IN_WINDOW"), (END, 1, "UNDETERMINED")]
    )
    async def test_silence_leaves_the_patient_undetermined(
        self, begun: Service, moment: str, due: int, status: str
    ) -> None:
        assert begun.sweep(moment) == due
        assert await told(begun) == (status, {})
        assert await asked(begun) == (["follow_up"] if due else [])

    @pytest.mark.parametrize(
        ("until", "status"),
        [
            (None, "UNDETERMINED"),
            ("2026-03-28", "UNDETERMINED"),
            ("2026-03-28T23:59+08:00", "UNDETERMINED"),
            ("2026-03-29", "NO_DLT"),
            ("2026-03-29T23:59+08:00", "UNDETERMINED"),
            ("2026-03-30T00:00+08:00", "NO_DLT"),
            ("2026-03", "UNDETERMINED"),
        ],
    )
    async def test_no_dlt_needs_a_review_through_the_last_day(
        self, begun: Service, until: str | None, status: str
    ) -> None:
        await begun.patient(follow_up_until=until, at=LATER)
        assert await told(begun) == (status, {})

    async def test_a_review_that_comes_first_counts_when_the_window_ends(
        self, begun: Service
    ) -> None:
        await begun.patient(follow_up_until="2026-03-29", at=on(29))
        assert await told(begun) == ("IN_WINDOW", {})
        assert begun.sweep(BEFORE_END) == 0
        assert begun.sweep(END) == 1
        assert await told(begun) == ("NO_DLT", {})
        assert begun.sweep(LATER) == 0

    async def test_a_dlt_needs_no_review(self, begun: Service) -> None:
        await begun.event("AE-1", (4, "2026-03-05"), (0, "2026-03-06"), at=on(8))
        begun.sweep(END)
        assert await told(begun) == ("DLT", {"AE-1": "DLT"})

    async def test_a_second_infusion_opens_a_second_window(self, begun: Service) -> None:
        again = [{"agent": "IC19", "start": on(day)} for day in (1, 20)]
        await begun.patient(exposures=again, follow_up_until="2026-03-29", at=on(29))
        begun.sweep(END)
        assert await told(begun) == ("IN_WINDOW", {})
        begun.sweep("2026-04-18T00:00:00+08:00")
        assert await told(begun) == ("UNDETERMINED", {})


class TestWhatIsRecordedAheadOfItsTime:
    async def test_it_counts_when_its_time_has_come(self, begun: Service) -> None:
        await begun.patient(withdrawal={"date": on(25)}, at=on(20))
        assert await told(begun) == ("IN_WINDOW", {})
        assert begun.sweep(on(25, "11:59")) == 0
        assert begun.sweep(on(25)) == 1
        assert await told(begun) == ("NOT_EVALUABLE", {})
        assert begun.sweep(LATER) <= 1
        assert await told(begun) == ("NOT_EVALUABLE", {})

    async def test_and_is_told_as_a_fault(self, begun: Service) -> None:
        answer = await begun.patient(withdrawal={"date": on(25)}, at=on(20))
        assert {"code": "time_in_future", "pointer": "/withdrawal/date"}.items() <= next(
            each for each in answer["record"]["findings"] if each["code"] == "time_in_future"
        ).items()


class TestWhatIsSaidAhead:
    """Nobody has seen what lies after the moment at which it was recorded."""

    @pytest.mark.parametrize(
        ("moment", "status"),
        [("2026-03-28T23:59:59.999999+08:00", "UNDETERMINED"), (on(29, "00:00"), "NO_DLT")],
    )
    async def test_a_review_reaches_no_further_than_it_was_recorded(
        self, begun: Service, moment: str, status: str
    ) -> None:
        await begun.patient(follow_up_until="2026-03-29", at=moment)
        begun.sweep(END)
        assert await told(begun) == (status, {})
        assert await asked(begun) == ([] if status == "NO_DLT" else ["follow_up"])

    async def test_a_review_that_is_sent_again_when_it_was_done_counts(
        self, begun: Service
    ) -> None:
        await begun.patient(follow_up_until="2026-03-29", at=on(20))
        begun.sweep(END)
        assert await told(begun) == ("UNDETERMINED", {})
        await begun.patient(follow_up_until="2026-03-29", at=END)
        assert await told(begun) == ("NO_DLT", {})

    @pytest.mark.parametrize(
        ("moment", "verdict"), [(BEFORE_LIMIT, "UNDETERMINED"), (LIMIT, "DLT")]
    )
    async def test_nobody_knows_ahead_that_an_event_will_go_on(
        self, begun: Service, moment: str, verdict: str
    ) -> None:
        await begun.event("AE-1", ONSET, ongoing=True, ongoing_as_of=LIMIT, at=moment)
        begun.sweep(LIMIT)
        assert (await told(begun))[1] == {"AE-1": verdict}
        begun.sweep(on(20))
        assert (await told(begun))[1] == {"AE-1": verdict}

    async def test_a_recovery_that_is_announced_is_no_sign_that_the_event_goes_on_until_then(
        self, begun: Service
    ) -> None:
        await begun.event("AE-1", ONSET, (0, "2026-03-20"), ongoing=False, at=on(8))
        seen = []
        for moment in (BEFORE_LIMIT, LIMIT, "2026-03-19T23:59:59.999999+08:00", on(20, "00:00")):
            begun.sweep(moment)
            seen.append((await told(begun))[1]["AE-1"])
        assert seen == ["PENDING", "UNDETERMINED", "UNDETERMINED", "DLT"]

    @pytest.mark.parametrize(
        ("recovered", "verdict"), [("2026-03-12", "NOT_DLT"), ("2026-03-13", "DLT")]
    )
    async def test_one_that_has_come_when_the_limit_passes_counts(
        self, begun: Service, recovered: str, verdict: str
    ) -> None:
        await begun.event("AE-1", ONSET, (0, recovered), ongoing=False, at=on(8))
        begun.sweep(LIMIT)
        assert (await told(begun))[1] == {"AE-1": verdict}


class TestAVoidedPatient:
    @pytest.fixture
    async def begun(self, any_service: Service) -> Service:
        return await infused(any_service)

    async def test_nobody_looks_for_one(self, begun: Service) -> None:
        await begun.event("AE-1", ONSET, ongoing=True, at=on(8))
        why = {"reason": {"code": "NOT_TREATED"}}
        await begun.done("DELETE", of_study("subjects/S-01"), why)
        assert begun.sweep(LATER) == 0
        await begun.done("POST", of_study("subjects/S-01/restore"), why)
        assert await told(begun) == ("UNDETERMINED", {"AE-1": "UNDETERMINED"})

    async def test_an_event_that_is_void_is_not_due(self, begun: Service) -> None:
        await begun.event("AE-1", ONSET, ongoing=True, at=on(8))
        why = {"reason": {"code": "DUPLICATE"}}
        await begun.done("DELETE", by_source("AE-1"), why, at=on(9))
        assert begun.sweep(LIMIT) == 0
        assert await told(begun) == ("IN_WINDOW", {})
