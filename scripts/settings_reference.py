"""Writes docs/reference/settings.md from the declared settings."""

from __future__ import annotations

import sys
from pathlib import Path

from lantai.core.settings import SETTINGS, Setting

TARGET = Path(__file__).resolve().parents[1] / "docs" / "reference" / "settings.md"

HEAD = """\
# Settings

Written by `scripts/settings_reference.py` from the declarations in `lantai.core.settings`; do not edit.

A value comes from the environment (`LANTAI_<NAME>`), then from `lantai.toml` in the data folder
(`name = value`, the prefix left out), then from the default. All are checked at start-up; a wrong
value or an unknown name stops the start. `lantai settings` shows what is in force and where it comes
from. The data folder itself is `LANTAI_HOME`, from the environment alone.

| setting | default | meaning |
|---|---|---|
"""


def render() -> str:
    """The page, from the settings of this version."""
    return HEAD + "".join(
        f"| `LANTAI_{name}` | {_default(setting)} | {setting.help.replace('|', chr(92) + '|')} |\n"
        for name, setting in sorted(SETTINGS.items())
    )


def _default(setting: Setting[object]) -> str:
    default = setting.default
    if isinstance(default, tuple):
        default = ",".join(map(str, default))
    if isinstance(default, bool):
        default = str(default).lower()
    return f"`{default}`" if str(default) else ""


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
    sys.stdout.write(f"{TARGET.name}\n")
