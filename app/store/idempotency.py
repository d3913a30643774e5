"""Answers to requests with an Idempotency-Key, kept in the transaction of what they did."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select

from app.store.tables import IdempotentAnswer, table_of

ANSWERS: Final = table_of(IdempotentAnswer)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """What a request was answered; `headers` is a JSON object."""

    request_digest: str
    status: int
    headers: str
    body: str


def kept_answer(connection: Connection, actor: str, key: str) -> KeptAnswer | None:
    """The answer that this actor's key was given, or None."""
    row = connection.execute(
        select(ANSWERS).where(ANSWERS.c.actor == actor, ANSWERS.c.key == key)
    ).first()
    if row is None:
        return None
    return KeptAnswer(
        request_digest=row.request_digest, status=row.status, headers=row.headers, body=row.body
    )


def keep_answer(
    connection: Connection, actor: str, key: str, answer: KeptAnswer, recorded_at: datetime
) -> None:
    """Keep an answer for whoever asks the same again."""
    connection.execute(
        insert(ANSWERS),
        {
            "actor": actor,
            "key": key,
            "request_digest": answer.request_digest,
            "status": answer.status,
            "headers": answer.headers,
            "body": answer.body,
            "recorded_at": recorded_at,
        },
    )


def answers_before(connection: Connection, before: datetime) -> int:
    """How many answers were kept before an instant."""
    query = select(func.count()).select_from(ANSWERS).where(ANSWERS.c.recorded_at < before)
    return connection.execute(query).scalar_one()


def forget_answers(connection: Connection, before: datetime) -> int:
    """Remove answers that were kept longer than anybody asks again; how many there were."""
    return connection.execute(delete(ANSWERS).where(ANSWERS.c.recorded_at < before)).rowcount
