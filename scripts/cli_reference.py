"""Writes docs/reference/cli.md, and what ``lantai --help`` lists, from the commands themselves."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import get_args

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

TARGET = Path(__file__).resolve().parents[1] / "docs" / "reference" / "cli.md"

HEAD = """\
# Command line

Written by `scripts/cli_reference.py` from the commands themselves; do not edit.

`lantai` runs from any folder; data lie under `LANTAI_HOME`. Every command takes `--json`: the last
line of standard output is then one JSON object with the keys named here, and progress and messages
stay on standard error or above it. A command that fails with `--json` gives `error`, `subject` and
`remedy`.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | findings, or failure |
| 2 | wrong use |
| 3 | a service this needs does not answer |
| 4 | something awaits a person |
"""


def render() -> str:
    """The page, from the commands of this version."""
    from lantai.config.cli import assemble

    root = typer.main.get_command(assemble())
    parts = [HEAD]
    for path, command in _commands(root, "lantai"):
        parts.append(_section(path, command))
    return "\n".join(parts)


def render_list() -> str:
    """The commands on the first level with the first paragraph of their help, in their order."""
    from lantai.config.cli import assemble

    rows = ["# Written by scripts/cli_reference.py; do not edit.\n"]
    for name, command in typer.main.get_command(assemble()).commands.items():
        told = " ".join((command.help or "").split("\n\n")[0].split("\n"))
        quoted = (json.dumps(text, ensure_ascii=False) for text in (name, told))
        rows.append("\n[[command]]\nname = {}\nhelp = {}\n".format(*quoted))
    return "".join(rows)


def _commands(
    command: TyperCommand | TyperGroup, path: str
) -> Iterator[tuple[str, TyperCommand | TyperGroup]]:
    if isinstance(command, TyperGroup):
        for name, child in sorted(command.commands.items()):
            yield from _commands(child, f"{path} {name}")
    elif not command.hidden:
        yield path, command


def _section(path: str, command: TyperCommand | TyperGroup) -> str:
    lines = [f"## `{_usage(path, command)}`", "", _prose(command.help or ""), ""]
    options = [parameter for parameter in command.params if _is_option(parameter)]
    arguments = [parameter for parameter in command.params if not _is_option(parameter)]
    rows = [(_name(parameter), _meaning(parameter)) for parameter in [*arguments, *options]]
    if rows:
        lines += ["| | |", "|---|---|", *(f"| {name} | {meaning} |" for name, meaning in rows), ""]
    return "\n".join(lines)


def _usage(path: str, command: TyperCommand | TyperGroup) -> str:
    arguments = [_argument(parameter) for parameter in command.params if not _is_option(parameter)]
    return " ".join([path, *arguments])


def _argument(parameter: TyperArgument | TyperOption) -> str:
    name = (parameter.metavar or parameter.name or "").upper() + ("…" if parameter.nargs == -1 else "")
    return name if parameter.required else f"[{name}]"


def _is_option(parameter: TyperArgument | TyperOption) -> bool:
    return isinstance(parameter, TyperOption)


def _prose(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines())


def _name(parameter: TyperArgument | TyperOption) -> str:
    if not _is_option(parameter):
        return f"`{(parameter.metavar or parameter.name or '').upper()}`"
    names = [*parameter.opts, *parameter.secondary_opts]
    return " ".join(f"`{name}`" for name in names)


def _meaning(parameter: TyperArgument | TyperOption) -> str:
    text = getattr(parameter, "help", "") or ""
    default = parameter.default
    shown = default not in (None, False, "") and not callable(default) and default != ()
    choices = [f"`{choice.value}`" for choice in _choices(parameter.type_descriptor.annotation)]
    text += (" 取值：" + "、".join(choices) + "。") if choices else ""
    if shown and not parameter.required:
        text += f" 默认 `{default}`。"
    return text.replace("|", "\\|").strip()


def _choices(annotation: object) -> list[Enum]:
    """The members of the enumeration a parameter takes, if it takes one."""
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return list(annotation)
    return [choice for inner in get_args(annotation) for choice in _choices(inner)]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.config.settings")
    from lantai.config.cli import LISTED

    TARGET.write_text(render(), encoding="utf-8")
    LISTED.write_text(render_list(), encoding="utf-8")
    sys.stdout.write(f"{TARGET.name} {LISTED.name}\n")
