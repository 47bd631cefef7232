"""Forms on paper: a typst template and its data to PDF/A-2b, with Chinese fonts embedded.

Nothing on the machine is needed, and what is printed does not depend on it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:  # loaded where something is printed
    import typst

_PLACE = ZoneInfo("Asia/Shanghai")


def typeset(template: Path, data: Mapping[str, Any]) -> bytes:
    """The template as PDF/A-2b; ``data``, JSON-ready values, come to it as ``sys.inputs.data``."""
    import typst

    return bytes(
        typst.compile(
            template.read_bytes(),
            font_paths=_fonts(),
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            pdf_standards="a-2b",
        )
    )


def moment_text(text: str) -> str:
    """A moment as ISO 8601, as paper tells it: to the second, at Beijing time."""
    return f"{datetime.fromisoformat(text).astimezone(_PLACE):%Y-%m-%d %H:%M:%S}"


@cache
def _fonts() -> typst.Fonts:
    import pylopdf_fonts_zh_cn
    import typst

    folder = Path(pylopdf_fonts_zh_cn.sans_path()).parent
    return typst.Fonts(include_system_fonts=False, font_paths=[str(folder)])
