"""Configuration, read once from the environment (`DOSEGUARD_*`)."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


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
