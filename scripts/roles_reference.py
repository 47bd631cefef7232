"""Writes docs/reference/roles.md from the declared roles, rights and acts."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "reference" / "roles.md"
PACKAGE = ROOT / "src" / "lantai"
REACH = {
    "department": "own department",
    "organisation": "own organisation",
    "custody": "what the own archive keeps",
    "region": "own region and those below",
    "any": "everything",
}
MARKS = {"open": "开放"}
HEAD = """\
# Roles and rights

Written by `scripts/roles_reference.py` from `institutions/data/roles.toml`, `institutions/data/rights.toml`
and `config/access.toml`; do not edit. Change those files to change what a role may do; a test walks every
page and API operation for every role and holds the answer against them.

## Roles

The three officers exclude one another and every business role. Each reads the logs of others (互审).

| role | 中文 | reach |
|---|---|---|
"""
RIGHTS = """
## Rights over records

A record is reached when any one line holds. A grant (授权) adds such a line for one person and a term. 内部 and 限制
are the same rank; records marked 秘密 or above are refused at the door.

| role | see the entry | see the original | print | download | of records in | marked up to | opening mark |
|---|---|---|---|---|---|---|---|
"""
ACTS = """
## Acts

| act | roles |
|---|---|
"""


def render() -> str:
    """The page, from the declarations of this version."""
    roles = _read("institutions/data/roles.toml")["role"]
    rights = _read("institutions/data/rights.toml")["right"]
    acts = _read("config/access.toml")["acts"]
    return "".join(
        [
            HEAD,
            *(f"| `{role['key']}` | {role['label']} | {REACH[role['reach']]} |\n" for role in roles),
            RIGHTS,
            *map(_right, rights),
            ACTS,
            *(f"| `{act}` | {', '.join(f'`{role}`' for role in acts[act])} |\n" for act in sorted(acts)),
        ]
    )


def _right(right: dict[str, Any]) -> str:
    may = ["yes" if act in right["acts"] else "" for act in ("entry", "original", "print", "download")]
    marks = "、".join(MARKS[mark] for mark in right.get("marks", [])) or "any"
    cells = [f"`{right['role']}`", *may, REACH[right["reach"]], right["classification"], marks]
    return f"| {' | '.join(cells)} |\n"


def _read(path: str) -> dict[str, Any]:
    return tomllib.loads((PACKAGE / path).read_text(encoding="utf-8"))


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
    sys.stdout.write(f"{TARGET.name}\n")
