"""``lantai``: the command line, assembled from the contexts' ``commands`` modules.

Loading the whole platform takes the better part of a second. So its list of commands is kept beside
this module, and a command that only looks at files loads no context above its own.
"""

from __future__ import annotations

import gc
import os
import sys
import tomllib
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from lantai import __version__

from .help_words import use_own_words

LISTED = Path(__file__).with_name("commands.toml")
"""The commands and what they are for, as ``scripts/cli_reference.py`` finds them."""
ASKS_FOR_LIST: tuple[list[str], ...] = ([], ["--help"], ["--version"])
STANDALONE = {"inspect": "inspection"}
"""Commands that look at files alone, and the highest context they need."""


def main() -> None:
    """Entry point of the ``lantai`` command."""
    given = sys.argv[1:]
    if given in ASKS_FOR_LIST and "_LANTAI_COMPLETE" not in os.environ:
        app = listing()
    else:
        app = _assembled(STANDALONE.get(given[0], "") if given else "")
    raise SystemExit(run(app))


def run(app: typer.Typer) -> int:
    """Runs what the command line asks for; gives the exit code."""
    use_own_words()
    try:
        code = app(prog_name="lantai", standalone_mode=False)
    except typer.Abort:
        from lantai.core.language import gettext as _

        sys.stderr.write("\n" + _("没有做完就停了。") + "\n")
        return 1
    except TyperException as error:
        from .wrong_use import tell

        return tell(error)
    return code if isinstance(code, int) else 0


def listing() -> typer.Typer:
    """The command line as far as its list of commands: nothing of the platform is loaded."""
    app = _empty()
    for row in tomllib.loads(LISTED.read_text(encoding="utf-8"))["command"]:
        app.command(row["name"], help=row["help"])(_root)
    return app


def assemble(highest: str = "") -> typer.Typer:
    """The command line with every context's commands, in the order of the road.

    Args:
        highest: the last context to load; empty loads all.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.config.settings")
    gc.disable()  # what loading makes stays: searching it for garbage is a tenth of the start
    app = _assemble(highest)
    gc.freeze()
    gc.enable()
    return app


def _assembled(highest: str) -> typer.Typer:
    from lantai.core.cli import fail
    from lantai.core.errors import LantaiError

    try:
        return assemble(highest)
    except LantaiError as error:  # a setting that cannot be understood
        try:
            fail(error)
        except typer.Exit as stop:
            raise SystemExit(stop.exit_code) from error


def _empty() -> typer.Typer:
    return typer.Typer(
        name="lantai",
        help="兰台：区域数字档案一体化平台。",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        callback=_root,
    )


def _assemble(highest: str) -> typer.Typer:
    import django
    from django.conf import settings

    names = settings.CONTEXTS
    if highest:
        names = names[: names.index(highest) + 1]
        unneeded = {f"lantai.{name}" for name in settings.CONTEXTS if name not in names}
        settings.INSTALLED_APPS = [
            app for app in settings.INSTALLED_APPS if ".".join(app.split(".")[:2]) not in unneeded
        ]
    django.setup()
    app = _empty()
    for name in names if highest else [*names, "bench", "config"]:
        module = f"lantai.{name}.commands"
        if find_spec(module):
            import_module(module).register(app)
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lantai {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="显示版本。")
    ] = False,
) -> None:
    """兰台：区域数字档案一体化平台。"""
