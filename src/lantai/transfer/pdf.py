"""The 登记表 and the readiness assessment as PDF: typst, with Chinese fonts embedded; nothing on the machine is needed."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pylopdf_fonts_zh_cn
import typst

from .models import Handover, Readiness
from .readiness import checklist
from .register import OPINIONS, character_rows

_TEMPLATES = Path(__file__).parent / "data"
VERDICT_WORDS = {
    "ready": "具备条件，可以单套管理",
    "conditional": "有条件通过，限期整改",
    "not_ready": "不具备条件，继续双套管理",
}
ANSWER_WORDS = {"yes": "是", "partly": "部分", "no": "否"}
_PLACE = ZoneInfo("Asia/Shanghai")


def register_pdf(handover: Handover) -> bytes:
    """The register with both columns and both seals (drawn as 样章), PDF/A-2b."""
    return _typeset("register", _data(handover))


def readiness_pdf(assessment: Readiness) -> bytes:
    """A concluded assessment with every answer, its evidence and the seal, PDF/A-2b."""
    return _typeset("readiness", _assessed(assessment))


def _typeset(name: str, data: dict[str, Any]) -> bytes:
    fonts: list[Any] = [str(Path(pylopdf_fonts_zh_cn.sans_path()).parent)]
    return bytes(
        typst.compile(
            (_TEMPLATES / f"{name}.typ").read_bytes(),
            font_paths=fonts,
            ignore_system_fonts=True,
            sys_inputs={name: json.dumps(data, ensure_ascii=False)},
            pdf_standards="a-2b",
        )
    )


def _assessed(held: Readiness) -> dict[str, Any]:
    listed = checklist()
    rows = [
        [
            listed.sections[item.section],
            item.text + ("（必备）" if item.required else ""),
            ANSWER_WORDS.get(held.answers.get(item.key, {}).get("answer", ""), "未答"),
            held.answers.get(item.key, {}).get("evidence", ""),
        ]
        for item in listed.items
    ]
    return {
        "id": str(held.id),
        "agency": held.agency.name,
        "system": held.system,
        "scope": held.scope,
        "checklist": held.checklist,
        "score": str(held.score if held.score is not None else "—"),
        "verdict": VERDICT_WORDS.get(held.verdict, "未有结论"),
        "valid_until": f"{held.valid_until:%Y-%m-%d}" if held.valid_until else "—",
        "assessed_by": held.assessed_by_name,
        "rows": rows,
        "sealed_at": _moment(held.seal["signed_at"]) if held.seal else "",
        "signature": held.seal["signature_b64"] if held.seal else "",
    }


def _data(handover: Handover) -> dict[str, Any]:
    register = handover.register
    return {
        "form": register["form"],
        "id": register["handover"],
        "name": register["name"],
        "description": register["description"],
        "records": register["amounts"]["records"],
        "volumes": register["amounts"]["volumes"],
        "size_gb": register["size_gb"],
        "signatures": register.get("signatures", ""),
        "bytes": f"{register['size_bytes']:,}",
        "places": register["places"],
        "carrier": register["carrier"],
        "characters": [list(row) for row in character_rows(handover)],
        "opinions": [[str(label), register["opinions"][name]] for name, label in OPINIONS.items()],
        "algorithm": register["digests"]["algorithm"],
        "digests": [
            [row["package"], f"{row['documents']} 个文件", row["digest"], str(row["size_bytes"])]
            for row in register["digests"]["rows"]
        ],
        "sender": _side(register["sender"], handover.sender_seal),
        "receiver": _side(
            (handover.acceptance or {}).get("receiver") or register["receiver"], handover.receiver_seal
        ),
    }


def _side(party: dict[str, str], seal: dict[str, str] | None) -> dict[str, str]:
    return {
        "organisation": party["organisation"],
        "filled_by": party.get("filled_by", ""),
        "checked_by": party.get("checked_by", ""),
        "sealed_at": _moment(seal["signed_at"]) if seal else "",
        "algorithm": seal["algorithm"] if seal else "",
        "signature": seal["signature_b64"] if seal else "",
    }


def _moment(text: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone(_PLACE):%Y-%m-%d %H:%M:%S}"
