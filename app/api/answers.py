"""What writes are answered: the version that holds, the receipt, the verdicts as they stand."""

import json
from collections.abc import Iterable
from typing import Any

from app.api.schemas.records import view, wire_time
from app.store.adjudications import StoredAdjudication
from app.store.audit import Receipt
from app.use_cases.ingest import Outcome


def verdicts_now(stored: Iterable[StoredAdjudication]) -> list[dict[str, Any]]:
    """Verdicts in short, as VerdictsNow describes them."""
    return [
        {
            "adjudication": each.id,
            "href": f"/v1/adjudications/{each.id}",
            "subject": each.subject,
            "as_of": wire_time(each.as_of),
            "protocol": each.protocol,
            "protocol_version": each.protocol_version,
            "verdicts": json.loads(each.summary),
        }
        for each in stored
    ]


def receipt_of(receipt: Receipt | None) -> dict[str, Any] | None:
    """Where in the audit trail a write stands."""
    return None if receipt is None else {"seq": receipt.seq, "leaf_hash": receipt.leaf_hash}


def write_answer(outcome: Outcome) -> dict[str, Any]:
    """The outcome of a write, as WriteAnswer describes it."""
    written = outcome.written
    return {
        "result": written.result,
        "record": view(written.kind, written.holds),
        "audit": receipt_of(written.receipt),
        "adjudications": verdicts_now(outcome.verdicts),
    }
