"""The report of a restore drill on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lantai.core.typesetting import moment_text, typeset

from .models import Drill

_TEMPLATE = Path(__file__).parents[1] / "data" / "drill.typ"
_COMPARED = {"equal": "一致", "different": "不一致", "unreadable": "在用副本读不出"}


def drill_pdf(drill: Drill) -> bytes:
    """The report as it was sealed, with the seal drawn as 样章."""
    return typeset(_TEMPLATE, _data(drill))


def _data(drill: Drill) -> dict[str, Any]:
    report, seal = drill.report, drill.seal
    return {
        "id": str(drill.id),
        "began": moment_text(report["began_at"]),
        "ended": moment_text(report["ended_at"]),
        "held_by": report["held_by"],
        "verdict": "合格：取回的对象全部完好" if report["passed"] else "不合格：有对象取不回或不完好",
        "holdings": f"{report['holdings']['objects']:,} 个对象，{_size(report['holdings']['size_bytes'])}",
        "stores": [_store(row) for row in report["stores"]],
        "sealed_at": moment_text(seal["signed_at"]),
        "algorithm": seal["algorithm"],
        "key": seal["key_id"],
        "signature": seal["signature_b64"],
        "subject": seal["subject_name"],
    }


def _store(row: dict[str, Any]) -> dict[str, Any]:
    hours = row["all_holdings_hours"]
    return {
        "name": row["name"],
        "place": f"{row['site']} · {row['medium']}",
        "verdict": "合格" if row["passed"] else "不合格",
        "trouble": row["trouble"],
        "measured": f"{row['objects_count']} 个对象，{_size(row['size_bytes'])}，{row['seconds']} 秒，"
        f"每秒 {row['mib_per_s']} MiB",
        "estimate": _estimate(hours),
        "objects": [_line(tried) for tried in row["objects"]],
    }


def _estimate(hours: float | None) -> str:
    if hours is None:
        return "—"
    return f"照此速度取回全部馆藏约 {hours} 小时" if hours >= 1 else "照此速度取回全部馆藏不到 1 小时"


def _line(tried: dict[str, Any]) -> list[str]:
    size, compared = _size(tried["size_bytes"]), _COMPARED[tried["compared"]]
    return [
        tried["subject"],
        str(tried["files"]),
        size,
        str(tried["seconds"]),
        compared,
        tried["trouble"] or "完好",
    ]


def _size(size_bytes: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size_bytes < 1024:
            return f"{size_bytes:.0f} {unit}" if unit == "B" else f"{size_bytes:.1f} {unit}"
        size_bytes /= 1024
    return f"{size_bytes:.1f} TiB"
