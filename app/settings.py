"""Configuration, read once from the environment (`DOSEGUARD_*`)."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """All settings of the service; a `DOSEGUARD_*` variable that is not one is ignored."""

    model_config = SettingsConfigDict(env_prefix="DOSEGUARD_", frozen=True, extra="ignore")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    auth: Literal["on", "off"] = "on"
    max_body_bytes: Annotated[int, Field(gt=0)] = 2 * 1024 * 1024
