"""``lantai serve`` on a prepared region: the real web server and the real worker, on a free port."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class House:
    """A running site.

    Attributes:
        url: address of the site, without a slash at the end.
        home: its data folder.
        at: paths of pages with something on them, by what they show.
        neighbour_port: a port of this machine that the platform may call, where a test puts a site.
        environment: what another process needs to work on the same site.
    """

    url: str
    home: Path
    at: dict[str, str]
    neighbour_port: int = 0
    environment: dict[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def running_house(home: Path) -> Iterator[House]:
    """Prepares the region under ``home``, serves it, and stops the server at the end."""
    with _own_database() as database:
        neighbour_port = _free_port()
        allowed = {"LANTAI_OUTBOUND_ALLOWED": f"127.0.0.1:{neighbour_port}"}
        environment = {**os.environ, "LANTAI_HOME": str(home), **allowed, **database}
        prepared = subprocess.run(
            [sys.executable, "-m", "tests.journeys.region"],
            cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True,
        )  # fmt: skip
        port = _free_port()
        log = home / "serve.log"
        with log.open("wb") as output:
            serve = subprocess.Popen(
                [sys.executable, "-m", "lantai.config", "serve", "--port", str(port), "--workers", "1"],
                env=environment, stdout=output, stderr=output,
            )  # fmt: skip
        try:
            _wait_until_ready(port, serve, log)
            at = json.loads(prepared.stdout.splitlines()[-1])
            yield House(f"http://127.0.0.1:{port}", home, at, neighbour_port, environment)
        finally:
            serve.terminate()
            serve.wait(timeout=60)


@contextlib.contextmanager
def web_beside(house: House, **environment: str) -> Iterator[str]:
    """A second web process over the same site, set otherwise; its address is of another site than 127.0.0.1.

    Args:
        house: whose data and worker it shares.
        environment: its own settings.
    """
    port = _free_port()
    log = house.home / f"web-{port}.log"
    hosts = {"LANTAI_HOSTS": "localhost,127.0.0.1"}
    with log.open("wb") as output:
        web = subprocess.Popen(
            [
                sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
                "--workers", "1", "--blocking-threads", "4", "--no-ws", "lantai.config.wsgi:application",
            ],
            env={**house.environment, **hosts, **environment}, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        _wait_until_ready(port, web, log)
        yield f"http://localhost:{port}"
    finally:
        web.terminate()
        web.wait(timeout=60)


@contextlib.contextmanager
def _own_database() -> Iterator[dict[str, str]]:
    """Nothing for SQLite, which lies in the data folder; a scratch database on PostgreSQL."""
    url = os.environ.get("LANTAI_DATABASE_URL", "")
    if not url:
        yield {}
        return
    name = f"lantai_journeys_{uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            yield {"LANTAI_DATABASE_URL": urlunsplit(urlsplit(url)._replace(path=f"/{name}"))}
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(port: int, serve: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and serve.poll() is None:
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer,
        ):
            if answer.status == 200:
                return
        time.sleep(0.2)
    raise RuntimeError(f"lantai serve did not become ready:\n{log.read_text(encoding='utf-8')[-4000:]}")
