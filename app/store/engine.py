"""The engine's own tables: where they stand, and what of them is asked here.

Procrastinate keeps its tasks in a PostgreSQL schema beside the record. They carry work, and say
nothing of how far it is: were they all lost, the jobs would be carried again.
"""

from typing import Final

from sqlalchemy import Connection, text

SCHEMA: Final = "doseguard_engine"
JUDGE_CHUNK: Final = "judge_chunk"
"""The task that judges a chunk; its arguments are `job` and `number`."""
_CARRIED: Final = text(f"""
    SELECT EXISTS (
        SELECT 1 FROM {SCHEMA}.procrastinate_jobs
        WHERE task_name = :task AND args->>'job' = :job AND status IN ('todo', 'doing')
    )
""")  # noqa: S608 (our own name)


def is_carried(connection: Connection, job: str) -> bool:
    """Whether any part of a job is still on its way, or being done."""
    asked = {"task": JUDGE_CHUNK, "job": job}
    return bool(connection.execute(_CARRIED, asked).scalar_one())
