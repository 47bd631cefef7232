"""An archive under a data folder of its own, and a shell in which the runbook's lines are run as they stand."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest

from .page import Line, blocks

A_WHILE_S = 60.0
ROOT = Path(__file__).parents[2]
_TOOLS = {
    "lantai": f'exec "{sys.executable}" -m lantai.config "$@"',
    # The services, as systemd would run them: started they must stay up, stopped they must end.
    "systemctl": f'exec "{sys.executable}" -m tests.disasters.services "$@"',
}


class Archive:
    """Where the lines are run: ``/srv/backup`` and the like lie below one folder."""

    def __init__(self, folder: Path, home: Path, database: str, package: Path | None = None) -> None:
        self.folder, self.home, self.database = folder, home, database
        self.package = package
        for name in ("backup", "etc", "tools"):
            (folder / name).mkdir(exist_ok=True)
        (folder / "etc" / "backup-passphrase").write_text("四海之内皆兄弟\n", encoding="utf-8")
        for name, script in _TOOLS.items():
            tool = folder / "tools" / name
            tool.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
            tool.chmod(0o755)

    @property
    def engine(self) -> str:
        """The database the lines are for."""
        return "PostgreSQL" if self.database else "SQLite"

    def play(self, section: str, block: int = 0) -> None:
        """Runs the lines of a block; each must end as the page says."""
        for line in blocks()[section][block]:
            if line.engine in {"", self.engine}:
                self.run(line)

    def run(self, line: Line) -> None:
        """One line, as it stands but for where things lie."""
        done, until = self.shell(self._placed(line.command)), time.monotonic() + A_WHILE_S
        while done.returncode != line.exits_with and line.takes_a_while and time.monotonic() < until:
            time.sleep(1)
            done = self.shell(self._placed(line.command))
        told = (done.stdout + done.stderr).decode(errors="replace")[-3000:]
        assert done.returncode == line.exits_with, f"{line.command}\n{told}"

    def tell(self, command: str) -> bytes:
        """A line of the test's own, which must succeed."""
        done = self.shell(command)
        assert done.returncode == 0, (done.stdout + done.stderr).decode(errors="replace")[-3000:]
        return done.stdout

    def script(self, module: str, *words: str) -> bytes:
        """A module of the tests, under this archive's settings and version."""
        return self.tell(f'"{sys.executable}" -m tests.disasters.{module} {" ".join(words)}')

    def shell(self, command: str) -> subprocess.CompletedProcess[bytes]:
        """A command in a shell of its own."""
        environment = {**os.environ, "LANTAI_HOME": str(self.home), "LANTAI_KEYSTORE_PASSPHRASE": "runbook",
                       "DJANGO_SETTINGS_MODULE": "lantai.config.settings",
                       "PATH": f"{self.folder / 'tools'}:{os.environ['PATH']}",
                       "PYTHONPATH": f"{self.package}:{ROOT}" if self.package else str(ROOT)}  # fmt: skip
        environment.pop("LANTAI_DATABASE_URL", None)
        if self.database:
            at = urlsplit(self.database)
            environment |= {"LANTAI_DATABASE_URL": self.database, "PGHOST": at.hostname or "",
                            "PGPORT": str(at.port or 5432), "PGUSER": at.username or ""}  # fmt: skip
        return subprocess.run(
            ["bash", "-c", command], env=environment, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True
        )  # fmt: skip

    def lose_database(self) -> None:
        """As if its disk were gone."""
        if self.database:
            self.tell(f"dropdb --force {urlsplit(self.database).path[1:]}")
        for path in self.home.glob("lantai.sqlite3*"):
            path.unlink()

    def put_dump_back(self) -> None:
        """The lines by which the page puts the database back, and no others."""
        for line in blocks()["A bad deployment"][1]:
            if line.engine == self.engine:
                self.run(line)

    def _placed(self, command: str) -> str:
        places = {
            "/srv/backup": self.folder / "backup",
            "/etc/lantai": self.folder / "etc",
            "/var/lib/lantai": self.home,
        }
        for there, here in places.items():
            command = command.replace(there, str(here))
        if self.database:
            name = urlsplit(self.database).path.removeprefix("/")
            command = command.replace("=lantai ", f"={name} ")
            if command.split()[0] in {"createdb", "dropdb", "pg_dump"}:
                command = f"{command.removesuffix('lantai')}{name}"
        return command


@contextmanager
def scratch_database() -> Iterator[str]:
    """Address of a database of its own on the server at hand; empty for SQLite."""
    url = os.environ.get("LANTAI_DATABASE_URL", "")
    if not url:
        yield ""
        return
    if not shutil.which("pg_dump"):
        pytest.skip("no pg_dump: install postgresql-client")
    name = f"lantai_runbook_{uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        finally:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
