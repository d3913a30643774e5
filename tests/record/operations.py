"""Every operation that writes: how it is asked, by whom, and which audit events it has to leave.

All start from the record that `begin` makes: patient S-01 of site 01, infused on 2026-03-01, with
a lung infection of one day and one more record of each kind, and S-03, infused alike.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.data.protocols import load, make_ready
from tests.oracle.ic19 import document
from tests.record.kinds import (
    FEED,
    KINDS,
    MILD,
    SEVERE,
    TO_DLT,
    Judged,
    Kind,
    Left,
    Operation,
    Step,
    changed,
    new,
)
from tests.record.service import STUDY, Service, new_study, of_study

BEGUN: Final = "2026-03-10T00:00:00+00:00"
DIGESTS: Final = {
    "digest of CT1192": lambda: load("NCT07339332", "1").ready.digest,
    "digest of IC19, amended": lambda: make_ready({**document(), "version": "2"}).digest,
}
"""What stands for a digest in the table: making it takes a while."""


def _study_operations() -> Iterator[Operation]:
    plan = {"id": "NCT07339332", "version": "1"}
    begun = new_study(id="CT1192", title="CT1192 in lupus", protocol=plan)
    activation = {
        "protocol": "NCT07339332",
        "version": "1",
        "effective": "0001-01-01",
        "applies_to": "all",
    }
    yield Operation(
        name="create_study",
        step=Step(method="POST", path="/v1/studies", body=begun, role="admin"),
        leaves=[
            Left(
                action="study.created",
                entity_id="CT1192",
                changes=new(content__time_zone="+08:00", content__title="CT1192 in lupus"),
                more={"study": "CT1192", "entity_version": 1},
            ),
            Left(
                action="protocol.activated",
                entity_id="CT1192",
                changes=_in_order(activation),
                more={
                    "study": "CT1192",
                    "entity_version": 1,
                    "reason_code": "STUDY_BEGUN",
                    "ruleset_digest": "digest of CT1192",
                    "dictionary_version": "ctcae-5.0",
                },
            ),
        ],
    )
    corrected = {"title": "IC19 in lupus", "time_zone": "+09:00", **FEED}
    yield Operation(
        name="correct_study",
        step=Step(method="PUT", path=f"/v1/studies/{STUDY}", body=corrected, role="admin"),
        leaves=[
            Left(
                action="study.corrected",
                entity_id=STUDY,
                changes=changed("/content/time_zone", "+08:00", "+09:00"),
                more={"study": STUDY, "entity_version": 2, **_FED},
            )
        ],
        judged=[Judged(subject="S-03", site=None, cause="STUDY")],  # S-01 has the zone of its site
    )


def _protocol_operations() -> Iterator[Operation]:
    amended = {**document(), "version": "2"}
    yield Operation(
        name="add_protocol",
        step=Step(
            method="POST",
            path="/v1/protocols",
            body={"document": amended},
            role="medical_monitor",
        ),
        leaves=[
            Left(
                action="protocol.added",
                entity_id="NCT06886919:2",
                changes=new(digest="digest of IC19, amended"),
                more={
                    "ruleset_digest": "digest of IC19, amended",
                    "dictionary_version": "ctcae-5.0",
                },
            )
        ],
    )
    reason = {"code": "AMENDMENT", "text": "the committee asked for it"}
    body = {"id": "NCT07339332", "version": "1", "effective": "2026-03-20"}
    old = {"protocol": "NCT06886919", "version": "1", "effective": "0001-01-01"}
    now = {"protocol": "NCT07339332", "version": "1", "effective": "2026-03-20"}
    yield Operation(
        name="activate_protocol",
        step=Step(
            method="POST",
            path=of_study("protocol"),
            body={**body, "applies_to": "new_patients", "reason": reason},
            role="medical_monitor",
        ),
        leaves=[
            Left(
                action="protocol.activated",
                entity_id=STUDY,
                changes=[
                    *({"path": f"/{name}", "old": old[name], "new": now[name]} for name in old),
                    *changed("/applies_to", "all", "new_patients"),
                ],
                more={
                    "study": STUDY,
                    "entity_version": 2,
                    "reason_code": "AMENDMENT",
                    "reason": "the committee asked for it",
                    "ruleset_digest": "digest of CT1192",
                    "dictionary_version": "ctcae-5.0",
                },
            )
        ],
    )


def _hold_operations() -> Iterator[Operation]:
    body = {
        "scope": {"subject": "S-01", "site": "01"},
        "reason": "a death that nobody understands",
        "reported_by": "Dr. Li",
        "from": "2026-03-09T20:00:00+08:00",
    }
    placed = {"study": STUDY, "site": "01", "subject": "S-01", "reason_code": "HOLD"}
    yield Operation(
        name="place_hold",
        step=Step(method="POST", path=of_study("holds"), body=body, role="site_user"),
        leaves=[
            Left(
                action="hold.placed",
                entity_id=None,
                changes=new(
                    effective_from="2026-03-09T12:00:00.000000Z",
                    reported_by="Dr. Li",
                    scope={"subject": "S-01", "site": "01"},
                ),
                more={**placed, "reason": body["reason"], "on_behalf_of": "Dr. Li"},
            )
        ],
    )
    lifting = {"reason": "it was a car", "lifted_by": "the committee"}
    yield Operation(
        name="lift_hold",
        step=Step(
            method="POST",
            path=of_study("holds/{hold}/lift"),
            body=lifting,
            role="committee_member",
        ),
        leaves=[
            Left(
                action="hold.lifted",
                entity_id="{hold}",
                changes=new(lifted_by="the committee"),
                more={
                    "study": STUDY,
                    "site": "02",
                    "subject": "S-01",
                    "reason_code": "HOLD_LIFTED",
                    "reason": "it was a car",
                    "on_behalf_of": "the committee",
                },
            )
        ],
    )


def _batch_operations() -> Iterator[Operation]:
    kind = _OF_NAME["adverse_event"]
    items = [
        {"subject": "S-01", **kind.content, "grades": grades, **_identified(key)}
        for key, grades in (("AE-2", SEVERE), ("AE-3", MILD))
    ]
    created = [dict(each) for each in kind.created]
    mild = [
        {**each, "new": MILD} if each["path"] == "/content/grades" else each for each in created
    ]
    yield Operation(
        name="batch_adverse_events",
        step=Step(
            method="POST",
            path=of_study("adverse-events/batch"),
            body={"mode": "atomic", "items": items},
            role="site_user",
        ),
        leaves=[
            kind.left("created", "AE-2", 1, created, fed=True),
            kind.left("created", "AE-3", 1, mild, fed=True),
        ],
        judged=[
            Judged(
                cause="INGEST",
                changes=[
                    *new(**{"events__edc:AE-2": "DLT", "events__edc:AE-3": "NOT_DLT"}),
                    *TO_DLT,
                ],
            )
        ],
    )


def _identified(key: str) -> dict[str, Any]:
    return {**FEED, "source": {**FEED["source"], "system": "edc", "record_id": key}}


def _in_order(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"path": f"/{name}", "new": value} for name, value in values.items()]


_FED: Final = {
    "reason_code": FEED["reason"]["code"],
    "reason": FEED["reason"]["text"],
    "source_time": FEED["source"]["time"],
    "on_behalf_of": FEED["source"]["user"],
}
_OF_NAME: Final = {each.kind: each for each in KINDS}
OPERATIONS: Final = (
    *(operation for kind in KINDS for operation in kind.operations()),
    *_batch_operations(),
    *_study_operations(),
    *_protocol_operations(),
    *_hold_operations(),
)


async def begin(service: Service) -> None:
    """The record that every operation starts from; the service asks nobody who they are."""
    service.watch.set(BEGUN)
    await service.begin()
    await service.begin("OTHER")
    for name in (
        "site", "subject", "exposure", "laboratory_result", "assessment", "laboratory_range",
        "source_system",
    ):  # fmt: skip
        await _put(service, _OF_NAME[name])
    await _put(service, _OF_NAME["adverse_event"])  # last: voiding it leaves what was before
    await service.patient("S-03")
    scope = {"subject": "S-01", "site": "02"}
    hold = {"scope": scope, "reason": "a first fear", "reported_by": "Dr. Li"}
    await service.done("POST", of_study("holds"), hold)


async def _put(service: Service, kind: Kind) -> None:
    step = kind.put(kind.keys[0], {**kind.content, **kind.before}, reason=None)
    await service.done("PUT", step.path, {**step.body, "source": {"sequence": 1}})
