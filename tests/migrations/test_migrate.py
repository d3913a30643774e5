"""Migrating: all or nothing, one at a time, never a database of another version."""

import re
import shutil
import threading
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from app.store import migrate
from app.store.database import Database
from app.store.migrate import UnknownRevision, config_for, current_revision, is_at_head, upgrade
from tests.store.rows import tables_of

ROOT = Path(__file__).parents[2]
AT_ONCE = 4


def test_of_several_that_start_at_once_each_finds_it_migrated(bare_database: Database) -> None:
    start = threading.Barrier(AT_ONCE)

    def migrate_it(url: str) -> bool:
        database = Database(url)
        start.wait()
        upgrade(database)
        migrated = is_at_head(database)
        database.close()
        return migrated

    url = bare_database.url.render_as_string(hide_password=False)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert list(pool.map(migrate_it, [url] * AT_ONCE)) == [True] * AT_ONCE


def test_migrating_again_changes_nothing(database: Database) -> None:
    upgrade(database)
    assert is_at_head(database)


def test_what_a_newer_version_migrated_is_left_alone(database: Database) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert not is_at_head(database)
    with pytest.raises(UnknownRevision, match="run the version that migrated it"):
        upgrade(database)
    assert current_revision(database) == "9999"


def test_a_migration_that_fails_leaves_nothing(bare_database: Database) -> None:
    """Also on SQLite, where Alembic by itself would commit each statement."""
    with bare_database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE audit_events (of_somebody_else INTEGER)")
    with pytest.raises(DBAPIError, match="already exists"):
        upgrade(bare_database)
    assert current_revision(bare_database) is None
    with bare_database.reading() as connection:
        assert [table.name for table in tables_of(connection)] == ["audit_events"]


def test_nothing_is_printed(bare_database: Database, capfd: pytest.CaptureFixture[str]) -> None:
    upgrade(bare_database)
    assert capfd.readouterr() == ("", "")


def test_a_made_migration_runs_and_needs_nothing_of_the_app(
    sqlite_database: Database, tmp_path: Path
) -> None:
    """It is made where tables are missing, and then makes them, with our column types in them."""
    folder = tmp_path / "50% done"
    shutil.copytree(ROOT / "migrations", folder, ignore=shutil.ignore_patterns("__pycache__"))
    with sqlite_database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE hold_liftings")
        connection.exec_driver_sql("ALTER TABLE protocol_documents DROP COLUMN digest")
        connection.exec_driver_sql("ALTER TABLE current_adjudications RENAME due TO due_at")
        config = config_for(connection)
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        command.revision(config, "mend it", autogenerate=True, rev_id="9999", head="head")
    made = (folder / "versions" / "9999_mend_it.py").read_text("utf-8")
    assert set(re.findall(r"^(?:from|import) (\w+)", made, re.MULTILINE)) == {
        "alembic",
        "sqlalchemy",
    }
    assert "sa.Column('recorded_at', sa.String(27), nullable=False)" in made
    assert "sa.Column('lifted_by', sa.String(200), nullable=False)" in made
    with sqlite_database.writing() as connection:
        config = config_for(connection)
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        command.upgrade(config, "head")
    with sqlite_database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []


def test_an_installed_package_carries_the_migrations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"][
        "targets"
    ]["wheel"]
    assert ROOT / wheel["sources"]["migrations"] == migrate._PACKAGED
    assert "migrations" in wheel["only-include"]
    packaged = tmp_path / "50% of a name"
    shutil.copytree(ROOT / "migrations", packaged)
    (packaged / "versions" / "0001_the_record.py").write_text(
        'revision = "of the package"\ndown_revision = None\n'
    )
    for file in (packaged / "versions").glob("000[2-9]*"):
        file.unlink()
    monkeypatch.setattr(migrate, "_PACKAGED", packaged)
    assert migrate.revisions() == ("of the package",)
