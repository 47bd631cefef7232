"""``lantai``: the command line, assembled from the contexts' ``cli`` modules."""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec

import typer

app = typer.Typer(
    name="lantai",
    help="兰台：区域数字档案一体化平台。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Entry point of the ``lantai`` command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.config.settings")
    import django
    from django.conf import settings

    django.setup()
    for name in [*settings.CONTEXTS, "config"]:
        module = f"lantai.{name}.commands"
        if find_spec(module):
            import_module(module).register(app)
    app()
