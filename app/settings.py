"""Configuration, read once from the environment (`DOSEGUARD_*`)."""

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class Settings(BaseSettings):
    """All settings of the service; a `DOSEGUARD_*` variable that is not one is ignored."""

    model_config = SettingsConfigDict(env_prefix="DOSEGUARD_", frozen=True, extra="ignore")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    auth: Literal["on", "off"] = "on"
    max_body_bytes: Annotated[int, Field(gt=0)] = 2 * 1024 * 1024
    max_ndjson_bytes: Annotated[int, Field(gt=0)] = 1024 * 1024 * 1024
    """Of bodies that are read line by line; long ones are kept in the directory for temporary
    files until they are answered."""
    max_import_bytes: Annotated[int, Field(gt=0)] = 2 * 1024 * 1024 * 1024
    """Of files that are imported; on their way they lie in the directory for temporary files."""
    data_dir: Path = Path("doseguard-data")
    """Where the SQLite database stands that is used without a `database_url`."""
    database_url: Annotated[str | None, Field(repr=False)] = None
    """`sqlite:////path/to/file.db` or `postgresql://user@host/name`; it may hold a password."""

    job_lease_seconds: Annotated[float, Field(gt=0)] = 30
    """How long a worker may be silent before another goes on with its job."""
    sweep_seconds: Annotated[float, Field(gt=0)] = 30
    """How often verdicts are looked for that time alone has changed."""

    worker: Literal["on", "off"] = "on"
    """Whether the server does jobs, sweeps and the night's work itself; `off` on PostgreSQL only,
    where `doseguard worker` does."""
    nightly: str = ""
    """The UTC time at which everybody is judged again, such as `02:00`; empty is never."""

    @property
    def is_sqlite(self) -> bool:
        """Whether the record is kept in an SQLite file, which one process writes."""
        return self.database_url is None or self.database_url.startswith("sqlite")

    @field_validator("nightly")
    @classmethod
    def _a_time(cls, value: str) -> str:
        if value and not _TIME.fullmatch(value):
            raise ValueError(
                f"{value!r} is no time of day: write one in UTC such as 02:00, or leave it empty"
            )
        return value

    @model_validator(mode="after")
    def _some_worker(self) -> "Settings":
        if self.worker == "off" and self.is_sqlite:
            raise ValueError(
                "DOSEGUARD_WORKER=off is refused on SQLite, where only the server can do jobs: "
                "leave it on, or keep the record in PostgreSQL and start `doseguard worker`"
            )
        return self

    @model_validator(mode="after")
    def _closed_to_the_network_without_auth(self) -> "Settings":
        if self.auth == "off" and not _is_loopback(self.host):
            raise ValueError(
                f"DOSEGUARD_AUTH=off is refused on {self.host!r}: without authentication serve "
                "on a loopback address such as 127.0.0.1, or leave DOSEGUARD_AUTH on"
            )
        return self


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
