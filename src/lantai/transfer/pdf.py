"""The 登记表 as PDF: typst, with Chinese fonts embedded; nothing on the machine is needed."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pylopdf_fonts_zh_cn
import typst

from .models import Handover
from .register import OPINIONS, character_rows

_TEMPLATE = Path(__file__).parent / "data" / "register.typ"
_PLACE = ZoneInfo("Asia/Shanghai")


def register_pdf(handover: Handover) -> bytes:
    """The register with both columns and both seals (drawn as 样章), PDF/A-2b."""
    fonts: list[Any] = [str(Path(pylopdf_fonts_zh_cn.sans_path()).parent)]
    return bytes(
        typst.compile(
            _TEMPLATE.read_bytes(),
            font_paths=fonts,
            ignore_system_fonts=True,
            sys_inputs={"register": json.dumps(_data(handover), ensure_ascii=False)},
            pdf_standards="a-2b",
        )
    )


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
