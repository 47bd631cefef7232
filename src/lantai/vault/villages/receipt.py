"""The sealed receipt of a village's backup, to print."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pylopdf_fonts_zh_cn
import typst

from .models import VillageBackup

_TEMPLATE = Path(__file__).parents[1] / "data" / "village-receipt.typ"
_PLACE = ZoneInfo("Asia/Shanghai")


def receipt_pdf(backup: VillageBackup) -> bytes:
    """The receipt as PDF/A-2b, its seal drawn as 样章."""
    facts, seal = backup.receipt["facts"], backup.receipt["seal"]
    data = {
        **{name: facts[name] for name in ("village", "archive", "title", "copies", "backup")},
        "received_at": _moment(facts["received_at"]),
        "bytes": f"{facts['size_bytes']:,}",
        "files": [[row["name"], f"{row['size_bytes']:,}", row["sm3"]] for row in facts["files"]],
        "sealed_at": _moment(seal["signed_at"]),
        "algorithm": seal["algorithm"],
        "signature": seal["signature_b64"],
    }
    return bytes(
        typst.compile(
            _TEMPLATE.read_bytes(),
            font_paths=_fonts(),
            sys_inputs={"receipt": json.dumps(data, ensure_ascii=False)},
            pdf_standards="a-2b",
        )
    )


def _moment(text: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone(_PLACE):%Y-%m-%d %H:%M:%S}"


@cache
def _fonts() -> typst.Fonts:
    folder = Path(pylopdf_fonts_zh_cn.sans_path()).parent
    return typst.Fonts(include_system_fonts=False, font_paths=[str(folder)])
