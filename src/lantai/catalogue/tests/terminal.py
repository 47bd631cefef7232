"""Runs ``lantai catalogue …`` as a terminal does and reads what it prints."""

import json

import typer
from typer.testing import CliRunner

from lantai.catalogue.commands import register


def run(*words, code=0):
    """What ``--json`` told; ``code`` is the exit code that is right."""
    app = typer.Typer()
    register(app)
    app.callback()(lambda: None)
    ran = CliRunner().invoke(app, ["catalogue", *map(str, words), "--json"])
    assert ran.exit_code == code, ran.output
    return json.loads(ran.stdout)
