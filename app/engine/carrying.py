"""Chunks are handed to the engine in the transaction that lets go of their job.

So either both happen or neither does: no chunk of a job that runs by parts is forgotten.
"""

import logging
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.types import JSONDict
from sqlalchemy import text

from app.store.database import Database
from app.store.engine import JUDGE_CHUNK, SCHEMA
from app.store.writer import Unit

QUEUE: Final = "doseguard"
_AT_ONCE: Final = 1000
_PATH: Final = text("SELECT set_config('search_path', :path, true)")


def carry(unit: Unit, job: str, numbers: Sequence[int]) -> None:
    """Hand chunks of a job to the engine, within the transaction."""
    # The engine's own statements name neither their schema nor the schema of their functions.
    before = unit.connection.exec_driver_sql("SHOW search_path").scalar_one()
    unit.connection.execute(_PATH, {"path": SCHEMA})
    connection = unit.connection.connection.driver_connection
    deferrer = _unconnected().configure_task(JUDGE_CHUNK, queue=QUEUE, connection=connection)
    for start in range(0, len(numbers), _AT_ONCE):
        some: list[JSONDict] = [
            {"job": job, "number": number} for number in numbers[start : start + _AT_ONCE]
        ]
        deferrer.batch_defer(*some)
    unit.connection.execute(_PATH, {"path": before})


def connector_of(database: Database) -> PsycopgConnector:
    """How the engine reaches the same database, in its own schema."""
    _, told = database.engine.dialect.create_connect_args(database.url)
    kwargs: dict[str, Any] = {key: value for key, value in told.items() if key != "context"}
    options = f"{kwargs.pop('options', '')} -c search_path={SCHEMA}".strip()
    return PsycopgConnector(
        kwargs={"connect_timeout": 5, **kwargs, "options": options}, min_size=1, max_size=4
    )


def quieten() -> None:
    """Let the engine say nothing by itself: it would print what tasks raise, and each outage."""
    for name in ("procrastinate", "psycopg.pool"):
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.addHandler(logging.NullHandler())


@cache
def _unconnected() -> App:
    """What writes tasks by the connections that it is given."""
    return App(connector=SyncPsycopgConnector())
