"""An amendment governs from its day on, all patients or new ones, and starts nothing by itself.

Version 2 of IC19 forgives a grade 3 for 14 days where version 1 does for 7: an event of ten days
is a DLT by the one and none by the other.
"""

import json
from copy import deepcopy
from hashlib import sha256
from typing import Any, Final

import pytest

from app.store.protocols import added_protocol
from app.store.tables import APPEND_ONLY
from tests.api.client import is_problem
from tests.oracle.ic19 import document
from tests.record.service import Service, by_source, event, of_study

pytestmark = pytest.mark.anyio

TEN_DAYS: Final = ((3, "2026-04-05"), (0, "2026-04-15"))
EFFECTIVE: Final = "2026-04-20"
WHY: Final = {"code": "AMENDMENT", "text": "protocol 2.0"}
BY_VERSION: Final = {"1": "DLT", "2": "NOT_DLT"}


def version_2(**changes: Any) -> dict[str, Any]:
    amended = deepcopy({**document(), "version": "2", **changes})
    amended["dlt"]["criteria"][1]["longer_than"] = "P14D"
    return amended


async def amend(service: Service, **changes: Any) -> Any:
    body = {"version": "2", "effective": EFFECTIVE, "applies_to": "all", "reason": WHY, **changes}
    return await service.done("POST", of_study("protocol"), body)


@pytest.fixture
async def begun(service: Service) -> Service:
    return await begin(service)


async def begin(service: Service) -> Service:
    """S-01 was infused on 2026-04-01, and version 2 is added and not yet activated."""
    await service.begin(at="2026-04-01T00:00:00+08:00")
    await service.done("POST", "/v1/protocols", {"document": version_2()})
    await infused(service, "2026-04-01T10:00")
    return service


async def infused(service: Service, start: str | None) -> None:
    exposures = [{"agent": "IC19", "start": start}] if start else []
    await service.patient(exposures=exposures)


async def version_of(service: Service, **query: str) -> tuple[str, str]:
    """Which version judges S-01, and its verdict of the first event."""
    judged = await service.verdicts(**query)
    verdicts = judged["verdicts"]
    assert judged["inputs"]["protocol"]["version"] == verdicts["protocol"]["version"]
    return verdicts["protocol"]["version"], verdicts["events"][0]["verdict"]


class TestActivation:
    async def test_it_starts_nothing_by_itself(self, begun: Service) -> None:
        await begun.event("AE-1", *TEN_DAYS, at="2026-04-21T00:00:00+08:00")
        kept = await begun.verdicts()
        answer = await amend(begun)
        assert answer["activation"]["number"] == 2
        assert await begun.verdicts() == kept
        assert begun.sweep() == 0
        assert kept["governed_by"] == "NCT06886919 version 1, by activation 1 of the study"

    async def test_the_next_datum_is_judged_by_it(self, begun: Service) -> None:
        await begun.event("AE-1", *TEN_DAYS, at="2026-04-21T00:00:00+08:00")
        await amend(begun)
        await begun.event("AE-2", (1, "2026-04-19"))
        assert await version_of(begun) == ("2", "NOT_DLT")
        judged = await begun.verdicts()
        assert judged["governed_by"] == "NCT06886919 version 2, by activation 2 of the study"
        event = (await begun.audit(entity="adjudication"))[-1]
        assert event["ruleset_digest"] == judged["verdicts"]["protocol"]["digest"]

    async def test_all_activations_are_listed_in_order(self, begun: Service) -> None:
        await amend(begun, applies_to="new_patients")
        items = (await begun.get(of_study("protocol")))["items"]
        told = [
            (each["number"], each["version"], each["effective"], each["applies_to"])
            for each in items
        ]
        assert told == [(1, "1", "0001-01-01", "all"), (2, "2", EFFECTIVE, "new_patients")]
        assert items[1]["reason"] == "protocol 2.0"

    async def test_they_are_listed_as_they_were_known(self, any_service: Service) -> None:
        begun = await begin(any_service)
        begun.watch.set("2026-04-10T00:00:00+00:00")
        await amend(begun)
        for as_of, number in (("2026-04-09T23:59:59Z", 1), ("2026-04-10T00:00:00Z", 2)):
            items = (await begun.get(of_study("protocol"), as_of=as_of))["items"]
            assert len(items) == number

    @pytest.mark.parametrize(
        ("changes", "pointer", "code"),
        [
            ({"version": "3"}, "/version", "unknown_version"),
            ({"id": "NCT0"}, "/id", "unknown_protocol"),
            ({"effective": "2026-04"}, "/effective", "invalid"),
            ({"effective": "2026-04-31"}, "/effective", "invalid"),
            ({"applies_to": "some"}, "/applies_to", "not_an_option"),
            ({"reason": None}, "/reason", "wrong_type"),
        ],
    )
    async def test_what_cannot_govern(
        self, begun: Service, changes: dict[str, Any], pointer: str, code: str
    ) -> None:
        body = {"version": "2", "effective": EFFECTIVE, "applies_to": "all", "reason": WHY}
        answer = await begun.send("POST", of_study("protocol"), body | changes)
        assert is_problem(answer)
        assert answer.status_code == 422
        told = [(each["pointer"], each["code"]) for each in answer.json()["errors"]]
        assert told == [(pointer, code)]


class TestFromItsDayOn:
    @pytest.mark.parametrize(
        ("as_of", "version"),
        [
            ("2026-04-19", "1"),
            ("2026-04-19T23:59:59.999999+08:00", "1"),
            ("2026-04-20T00:00:00+08:00", "2"),
            ("2026-04-20", "2"),
        ],
    )
    async def test_the_day_of_the_cut_decides(
        self, begun: Service, as_of: str, version: str
    ) -> None:
        """In the patient's zone, whenever the amendment was recorded."""
        await begun.event("AE-1", *TEN_DAYS, at="2026-05-01T00:00:00+00:00")
        await amend(begun)
        known = "2026-05-01T00:00:00Z"
        assert await version_of(begun, as_of=as_of, known_at=known) == (
            version,
            BY_VERSION[version],
        )

    async def test_one_that_was_not_known_yet_does_not_govern(self, begun: Service) -> None:
        await begun.event("AE-1", *TEN_DAYS, at="2026-04-21T00:00:00+00:00")
        begun.watch.set("2026-04-25T00:00:00+00:00")
        await amend(begun)
        query = {"as_of": "2026-04-22T00:00:00Z"}
        assert (await version_of(begun, **query))[0] == "1"
        assert (await version_of(begun, **query, known_at="2026-04-25T00:00:00Z"))[0] == "2"

    async def test_the_last_of_several_that_are_in_force(self, begun: Service) -> None:
        await begun.event("AE-1", *TEN_DAYS, at="2026-05-30T00:00:00+00:00")
        await amend(begun)
        await amend(begun, version="1", effective="2026-05-10")
        for as_of, version in (("2026-05-09", "2"), ("2026-05-10", "1")):
            query = {"as_of": as_of, "known_at": "2026-05-30T00:00:00Z"}
            assert (await version_of(begun, **query))[0] == version


class TestNewPatients:
    @pytest.mark.parametrize(
        ("start", "version"),
        [
            ("2026-04-19T23:59+08:00", "1"),
            ("2026-04-20T00:00+08:00", "2"),
            ("2026-04-20", "2"),
            ("2026-04-19T17:00Z", "2"),
            ("2026-04", "1"),
            (None, "2"),
        ],
    )
    async def test_those_first_infused_on_that_day_or_later(
        self, begun: Service, start: str | None, version: str
    ) -> None:
        """Or not infused yet; of a month, the first day that it may have been."""
        await amend(begun, applies_to="new_patients")
        begun.watch.set("2026-05-30T00:00:00+00:00")
        await infused(begun, start)
        await begun.event("AE-1", (1, "2026-05-05"))
        assert (await version_of(begun))[0] == version

    async def test_the_first_infusion_counts_not_the_last(self, begun: Service) -> None:
        await amend(begun, applies_to="new_patients")
        begun.watch.set("2026-05-30T00:00:00+00:00")
        starts = ("2026-05-01T10:00+08:00", "2026-04-01T10:00+08:00")
        await begun.patient(exposures=[{"agent": "IC19", "start": each} for each in starts])
        await begun.event("AE-1", (1, "2026-05-05"))
        assert (await version_of(begun))[0] == "1"

    async def test_exposures_by_source_count_alike(self, begun: Service) -> None:
        await amend(begun, applies_to="new_patients")
        begun.watch.set("2026-05-30T00:00:00+00:00")
        await infused(begun, None)
        body = {"subject": "S-01", "agent": "IC19", "start": "2026-04-19"}
        await begun.done("PUT", by_source("EX-1", "exposures"), body)
        await begun.event("AE-1", (1, "2026-05-05"))
        assert (await version_of(begun))[0] == "1"

    async def test_an_amendment_for_all_after_it_is_for_all(self, begun: Service) -> None:
        await amend(begun, applies_to="new_patients")
        await amend(begun, effective="2026-05-10")
        begun.watch.set("2026-05-30T00:00:00+00:00")
        await begun.event("AE-1", *TEN_DAYS)
        assert await version_of(begun) == ("2", "NOT_DLT")


class TestAnotherVersion:
    async def test_it_can_be_asked_for(self, begun: Service) -> None:
        await begun.event("AE-1", *TEN_DAYS, at="2026-04-16T00:00:00+08:00")
        for version, verdict in BY_VERSION.items():
            assert await version_of(begun, protocol_version=version) == (version, verdict)
            judged = await begun.verdicts(protocol_version=version)
            told = f"NCT06886919 version {version}, which was asked for"
            assert judged["governed_by"] == told

    async def test_one_that_is_not_there(self, begun: Service) -> None:
        path = of_study("subjects/S-01/adjudication")
        answer = await begun.client.get(path, params={"protocol_version": "9"})
        assert is_problem(answer)
        assert answer.json()["code"] == "unknown_version"

    async def test_a_phase_that_it_does_not_have_is_a_finding(self, begun: Service) -> None:
        """The record keeps the phase that was sent, and judges as if it were not known."""
        renamed = version_2(phases=[{"id": "dose-finding", "planned_subjects": 6}], version="3")
        renamed["dlt"]["observed_in"] = ["dose-finding"]
        renamed["enrolment"]["cohorts"]["phases"] = ["dose-finding"]
        for each in renamed["stagger"]:
            each["phases"] = ["dose-finding"]
        await begun.done("POST", "/v1/protocols", {"document": renamed})
        await begun.patient(
            phase="escalation",
            exposures=[{"agent": "IC19", "start": "2026-04-01T10:00"}],
            at="2026-04-16T00:00:00+08:00",
        )
        await begun.event("AE-1", *TEN_DAYS)
        found = {
            each: (await begun.verdicts(protocol_version=each))["verdicts"]["subject"]["findings"]
            for each in ("1", "3")
        }
        assert found["1"] == []
        assert found["3"] == [
            {
                "code": "unknown_phase",
                "message": "NCT06886919 version 3 has no phase 'escalation'; it has dose-finding. "
                "The patient's phase counts as not known.",
            }
        ]


class TestAddedVersions:
    async def test_the_same_document_again_changes_nothing(self, begun: Service) -> None:
        rows = begun.rows()
        answer = await begun.send("POST", "/v1/protocols", {"document": version_2()})
        assert (answer.status_code, answer.json()["audit"]) == (200, None)
        assert begun.rows() == rows

    async def test_a_version_never_changes(self, begun: Service) -> None:
        other = version_2(title="Another title")
        answer = await begun.send("POST", "/v1/protocols", {"document": other})
        assert (answer.status_code, answer.json()["code"]) == (409, "version_exists")
        packaged = {**document(), "title": "Another title"}
        answer = await begun.send("POST", "/v1/protocols", {"document": packaged})
        assert (answer.status_code, answer.json()["code"]) == (409, "version_exists")

    async def test_it_stands_beside_those_that_are_built_in(self, begun: Service) -> None:
        shown = await begun.get("/v1/protocols/NCT06886919")
        assert [each["version"] for each in shown["versions"]] == ["1", "2"]
        whole = await begun.get("/v1/protocols/NCT06886919/versions/2")
        assert whole["document"]["dlt"]["criteria"][1]["longer_than"] == "P14D"

    async def test_the_database_keeps_it_as_it_is_with_its_digest(self, begun: Service) -> None:
        shown = await begun.get("/v1/protocols/NCT06886919/versions/2")
        assert "protocol_documents" in APPEND_ONLY  # guarded by triggers: tests/store/test_guards
        with begun.database.reading() as connection:
            kept = added_protocol(connection, "NCT06886919", "2")
        assert kept is not None
        digest = f"sha256:{sha256(kept.document.encode()).hexdigest()}"
        assert kept.digest == digest == shown["digest"]
        assert json.loads(kept.document) == version_2()

    async def test_it_is_compared_with_the_one_before(self, begun: Service) -> None:
        one, two = ({"id": "NCT06886919", "version": each} for each in ("1", "2"))
        found = (await begun.send("POST", "/v1/protocols:diff", {"old": one, "new": two})).json()
        changed = {each["id"]: each["changes"] for each in found["differences"]}
        assert set(changed) == {"version", "grade-3-persisting"}
        (limit,) = changed["grade-3-persisting"]
        assert (limit["old"], limit["new"]) == ("P7D", "P14D")
        ways = {(e["old"]["verdict"], e["new"]["verdict"]) for e in found["verdicts"]["examples"]}
        assert ("DLT", "NOT_DLT") in ways

    async def test_a_request_that_stores_nothing_can_name_it(self, begun: Service) -> None:
        sent = event(*TEN_DAYS, ongoing=False, id="AE-1")
        del sent["subject"]
        exposures = [{"agent": "IC19", "start": "2026-04-01T10:00+08:00"}]
        patient = {"id": "S-01", "exposures": exposures, "events": [sent]}
        for version, verdict in BY_VERSION.items():
            request = {
                "protocol": {"id": "NCT06886919", "version": version},
                "as_of": "2026-05-30", "time_zone": "+08:00", "subject": patient,
            }  # fmt: skip
            answer = await begun.done("POST", "/v1/adjudicate", request)
            assert answer["events"][0]["verdict"] == verdict
