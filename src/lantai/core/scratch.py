"""A database of a trial's own, beside the instance's: nothing of it is ever touched."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg

from .errors import Unavailable
from .language import gettext as _
from .settings import DATABASE_URL


@contextmanager
def scratch_database(purpose: str) -> Iterator[dict[str, str]]:
    """Settings of a new database on the server in use; none for SQLite, which lies in the data folder.

    Args:
        purpose: part of its name.

    Raises:
        Unavailable: the role may not create databases.
    """
    url = DATABASE_URL.read()
    if not url:
        yield {}
        return
    name = f"lantai_{purpose}_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as server:
        try:
            server.execute(f'CREATE DATABASE "{name}"')
        except psycopg.errors.InsufficientPrivilege as error:
            raise Unavailable(
                _("数据库角色不能新建测试用的数据库。"),
                subject=name,
                remedy=_(
                    "请以 ALTER ROLE … CREATEDB 授权，或把 LANTAI_DATABASE_URL 置空，改在 SQLite 上运行。"
                ),
            ) from error
        try:
            yield {"LANTAI_DATABASE_URL": urlunsplit(urlsplit(url)._replace(path=f"/{name}"))}
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
