"""``lantai``: the command line, assembled from the contexts' ``commands`` modules."""

from __future__ import annotations

import gc
import os
import shlex
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated

import typer

from lantai import __version__
from lantai.core.language import gettext as _


def main() -> None:
    """Entry point of the ``lantai`` command."""
    from lantai.core.cli import WRONG_USE, emit, fail
    from lantai.core.errors import LantaiError

    try:
        app = assemble()
    except LantaiError as error:  # a setting that cannot be understood
        try:
            fail(error)
        except typer.Exit as stop:
            raise SystemExit(stop.exit_code) from error
    try:
        app(prog_name="lantai")
    except SystemExit as stop:
        if stop.code == WRONG_USE:
            emit(
                {
                    "error": _("命令写得不对。"),
                    "subject": shlex.join(["lantai", *sys.argv[1:]]),
                    "remedy": _("在命令后加 --help 查看用法。"),
                },
                as_json="--json" in sys.argv,
            )
        raise


def assemble() -> typer.Typer:
    """The command line with every context's commands, in the order of the road."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.config.settings")
    gc.disable()  # what loading makes stays: searching it for garbage is a tenth of the start
    app = _assemble()
    gc.freeze()
    gc.enable()
    return app


def _assemble() -> typer.Typer:
    import django
    from django.conf import settings

    django.setup()
    app = typer.Typer(
        name="lantai",
        help="兰台：区域数字档案一体化平台。",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        callback=_root,
    )
    for name in [*settings.CONTEXTS, "bench", "config"]:
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
