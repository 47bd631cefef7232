"""What every command of ``lantai`` shares: results, tables, progress, errors and exit codes.

============  =========================================
exit code     meaning
============  =========================================
0             done
1             findings, or failure
2             wrong use
3             a service this needs does not answer
4             something awaits a person
============  =========================================
"""

from __future__ import annotations

import errno
import functools
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, DataError, IntegrityError, ProgrammingError
from django.utils import timezone
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from .actors import Actor
from .errors import LantaiError, Unavailable
from .language import gettext as _
from .settings import home
from .system_errors import words_of

DONE, FINDINGS, WRONG_USE, UNAVAILABLE, AWAITS_PERSON = range(5)

OPERATOR = Actor(id="system", name="系统", roles=frozenset({"system"}), via="cli")
"""Who acts when a command is run by whoever may run it on this machine."""

Json = Annotated[bool, typer.Option("--json", help="标准输出的最后一行为一个 JSON 对象。")]
"""Type of the ``as_json`` parameter that every command takes."""

PIPE_COLUMNS = 160
"""How wide a table may grow where nobody's terminal limits it."""

Function = TypeVar("Function", bound=Callable[..., Any])


def command(app: typer.Typer, name: str | None = None) -> Callable[[Function], Function]:
    """Adds a function to an app as a command whose errors become messages and exit codes.

    A function that takes ``as_json: Json`` tells its error as JSON too, on the last line.
    """

    def add(function: Function) -> Function:
        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            try:
                return function(*args, **kwargs)
            except LantaiError as error:
                fail(error, as_json=bool(kwargs.get("as_json")))
            except (IntegrityError, DataError):
                raise  # a fault of ours
            except DatabaseError as error:
                fail(_database_trouble(error), as_json=bool(kwargs.get("as_json")))
            except OSError as error:
                if error.errno not in _DISK_TROUBLES and not (error.errno and error.filename):
                    raise
                fail(_disk_trouble(error), as_json=bool(kwargs.get("as_json")))

        app.command(name)(run)
        return function

    return add


def _database_trouble(error: Exception) -> LantaiError:
    text = (str(error).strip().splitlines() or [""])[0]
    if isinstance(error, ProgrammingError) or text.startswith("no such "):  # PostgreSQL; SQLite
        return Unavailable(
            _("数据目录中还没有本版本的数据库。"),
            subject=str(home()),
            remedy=_("已有数据的，运行 lantai migrate；新建的，运行 lantai init；试用请运行 lantai demo。"),
        )
    return Unavailable(_("数据库现在不能用。"), subject=text, remedy=_("运行 lantai doctor 查看原因与办法。"))


_REFUSED = {errno.EROFS, errno.EACCES, errno.EPERM}
"""A folder that takes nothing: read-only or somebody else's."""
_DISK_TROUBLES = _REFUSED | {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ESTALE, errno.ENODEV, errno.ENXIO}
"""What a disk answers that is full, broken or away; other troubles are told where a file is named."""


def _disk_trouble(error: OSError) -> LantaiError:
    place = os.fsencode(error.filename or home()).decode(errors="replace")  # a walk by bytes names bytes
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return Unavailable(
            _("存储空间已满，没有写完。"),
            subject=place,
            remedy=_("清理或扩充存储后再运行；已有数据没有改动。"),
        )
    if error.errno not in _REFUSED:
        return Unavailable(
            _("读写出错：%s。") % words_of(error),
            subject=place,
            remedy=_("请检查路径、磁盘与连线后再运行。"),
        )
    return Unavailable(
        _("不能写入文件。"),
        subject=place,
        remedy=_("请检查目录的所有者、权限，以及磁盘是否以只读方式挂载。"),
    )


def fail(error: LantaiError, *, as_json: bool = False) -> NoReturn:
    """Prints what happened, to what, and the remedy; exits with the error's code."""
    console = Console(stderr=True)
    console.print(
        Text.assemble(("✗ ", "red"), error.message, f"（{error.subject}）" if error.subject else ""),
        soft_wrap=True,
    )
    if error.remedy:
        console.print(Text(f"  {error.remedy}"), soft_wrap=True)
    if as_json:
        emit({"error": error.message, "subject": error.subject, "remedy": error.remedy}, as_json=True)
    raise typer.Exit(error.exit_code)


def emit(result: Mapping[str, Any], as_json: bool) -> None:
    """Ends a command's output.

    Args:
        result: stable keys, JSON-ready values (UUIDs and dates are fine).
        as_json: prints one JSON object on a line of its own; without it, nothing, because the
            command has told people in its own words.
    """
    if as_json:
        sys.stdout.write(json.dumps(result, ensure_ascii=False, cls=DjangoJSONEncoder) + "\n")
        sys.stdout.flush()


def say(text: str, *, style: str = "") -> None:
    """Prints a line for people; the terminal wraps it, a pipe gets it whole."""
    Console(highlight=False).print(Text(text, style=style), soft_wrap=True)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> None:
    """Prints rows for people; full-width characters are counted as two."""
    table = Table(title=title or None, title_justify="left", show_edge=False, box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column == columns[0])
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(_show(cell)) for cell in row))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = PIPE_COLUMNS
    console.print(table)


@contextmanager
def progress(*, shown: bool = True) -> Iterator[Progress | None]:
    """Progress bars on standard error while the block runs.

    Yields:
        a ``rich`` progress, or ``None`` when it is not wanted or nobody is at a terminal.
    """
    console = Console(stderr=True)
    if not shown or not console.is_terminal:
        yield None
        return
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _PerSecond(),
        TimeRemainingColumn(compact=True),
        console=console,
    ) as bar:
        yield bar


class _PerSecond(ProgressColumn):
    """Items a second."""

    def render(self, task: Task) -> Text:
        """The rate as people read it."""
        return Text(_("每秒 %(speed)s") % {"speed": f"{task.speed:.0f}"} if task.speed else "", style="dim")


def _show(value: object) -> str:
    if value is None:
        return "—"
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    return str(value)
