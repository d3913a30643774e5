"""Settings come from the environment, once, and cannot change afterwards."""

import os

import pytest
from pydantic import ValidationError

from app.settings import Settings


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("DOSEGUARD_")]:
        monkeypatch.delenv(name)


def test_defaults_are_safe() -> None:
    settings = Settings()
    assert (settings.host, settings.port, settings.auth) == ("127.0.0.1", 8000, "on")
    assert settings.max_body_bytes == 2 * 1024 * 1024


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOSEGUARD_PORT", "9000")
    monkeypatch.setenv("DOSEGUARD_AUTH", "off")
    settings = Settings()
    assert (settings.port, settings.auth) == (9000, "off")


def test_an_unknown_variable_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOSEGUARD_FUTURE", "1")
    assert Settings() == Settings.model_construct()


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "65536"), ("PORT", "-1"), ("AUTH", "maybe"), ("MAX_BODY_BYTES", "0")],
)
def test_a_wrong_value_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"DOSEGUARD_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 1  # type: ignore[misc]


@pytest.mark.parametrize("time", ["", "00:00", "02:00", "23:59"])
def test_the_night_is_a_utc_time_or_never(monkeypatch: pytest.MonkeyPatch, time: str) -> None:
    monkeypatch.setenv("DOSEGUARD_NIGHTLY", time)
    assert Settings().nightly == time


@pytest.mark.parametrize("time", ["24:00", "12:60", "2:00", "02:00Z", "0200", "02:00:00", " "])
def test_what_is_no_time_of_day_is_refused(monkeypatch: pytest.MonkeyPatch, time: str) -> None:
    monkeypatch.setenv("DOSEGUARD_NIGHTLY", time)
    with pytest.raises(ValidationError, match="is no time of day: write one in UTC such as 02:00"):
        Settings()


@pytest.mark.parametrize("url", [None, "sqlite:////srv/doseguard.db"])
def test_only_on_postgresql_a_server_may_leave_jobs_to_others(
    monkeypatch: pytest.MonkeyPatch, url: str | None
) -> None:
    monkeypatch.setenv("DOSEGUARD_WORKER", "off")
    if url is not None:
        monkeypatch.setenv("DOSEGUARD_DATABASE_URL", url)
    with pytest.raises(ValidationError, match="DOSEGUARD_WORKER=off is refused on SQLite"):
        Settings()
    monkeypatch.setenv("DOSEGUARD_DATABASE_URL", "postgresql://doseguard_app@database/doseguard")
    assert Settings().worker == "off"
