"""Who need not be judged again: patients whose verdicts rest on what they would rest on now."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from app.domain.record.kinds import Kind
from app.store.readjudications import Standing, identities_of
from app.use_cases.adjudicate import engine_version, made_with
from app.use_cases.snapshot import Snapshot


def resting(snapshot: Snapshot, standing: Mapping[str, Standing], now: datetime) -> set[str]:
    """Those whose adjudication has the inputs that judging them again would have.

    It may leave out some: they are judged, and come out the same. Results of a laboratory may rest
    on ranges, which only judging finds. Nothing of a record is read but its version and digest.
    """
    newest = max((each.seq for each in snapshot.activations), default=0)
    able = {
        subject: each
        for subject, each in standing.items()
        if each.seq > newest and (each.due is None or each.due > now)
    }
    held = identities_of(snapshot.connection, snapshot.study, list(able)) if able else {}
    return {
        subject
        for subject, each in able.items()
        if _LABORATORY not in held[subject] and _rests(snapshot, each, held[subject])
    }


_LABORATORY: Final[Kind] = "laboratory_result"


def _rests(snapshot: Snapshot, before: Standing, held: Mapping[Kind, Any]) -> bool:
    own, patient = snapshot.patient_record(before.subject), snapshot.patient(before.subject)
    if own is None:
        return False
    inputs = json.loads(before.inputs)
    protocol = snapshot.protocol(before.protocol, before.protocol_version)
    used, dictionary = made_with(protocol)
    subject = {"key": own.key, "version": own.version, "digest": own.digest}
    return bool(
        inputs["engine_version"] == engine_version()
        and inputs["protocol"]["digest"] == used.digest
        and inputs["dictionary"]["digest"] == dictionary.digest
        and inputs["synonyms"]["digest"] == dictionary.synonyms.digest
        and inputs["time_zone"] == snapshot.zone_of_patient(patient)
        and inputs["records"] == {"subject": [subject], **held}
    )
