"""The 登记表 and the readiness assessment as PDF."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from lantai.core.language import told
from lantai.core.typesetting import moment_text, typeset

from .models import Handover, Readiness
from .readiness import checklist
from .register import OPINIONS, character_rows

_DATA = Path(__file__).parent / "data"
VERDICT_WORDS = {
    "ready": "具备条件，可以单套管理",
    "conditional": "有条件通过，限期整改",
    "not_ready": "不具备条件，继续双套管理",
}
ANSWER_WORDS = {"yes": "是", "partly": "部分", "no": "否"}
WORDS = {
    "name": gettext_lazy("交接工作名称"),
    "description": gettext_lazy("内容描述"),
    "count": gettext_lazy("移交电子档案数量"),
    "size": gettext_lazy("移交数据量"),
    "places": gettext_lazy("载体起止顺序号"),
    "carrier": gettext_lazy("载体类型、规格"),
    "checked": gettext_lazy("检验内容"),
    "item": gettext_lazy("项目"),
    "sender": gettext_lazy("移交单位"),
    "receiver": gettext_lazy("接收单位"),
    "signatures": gettext_lazy("电子签名"),
    "filled_by": gettext_lazy("填表人"),
    "checked_by": gettext_lazy("审核人"),
    "unsealed": gettext_lazy("（未签章）"),
    "specimen": gettext_lazy("样章"),
    "copies": gettext_lazy("一式两份，双方各执一份，永久保存。印章为平台样章，效力以数字签名为准。"),
    "digests": gettext_lazy("数字摘要附表"),
    "year": gettext_lazy("年度"),
    "content": gettext_lazy("内容"),
    "digest": gettext_lazy("数字摘要"),
    "bytes": gettext_lazy("字节数"),
}
"""What the form prints beside the values, in the reader's language."""


def register_pdf(handover: Handover) -> bytes:
    """The register with both columns and both seals (drawn as 样章), PDF/A-2b."""
    return typeset(_DATA / "register.typ", _data(handover))


def readiness_pdf(assessment: Readiness) -> bytes:
    """A concluded assessment with every answer, its evidence and the seal, PDF/A-2b."""
    return typeset(_DATA / "readiness.typ", _assessed(assessment))


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
        "sealed_at": moment_text(held.seal["signed_at"]) if held.seal else "",
        "signature": held.seal["signature_b64"] if held.seal else "",
    }


def _data(handover: Handover) -> dict[str, Any]:
    register = handover.register
    return {
        "lang": "en" if _is_english() else "zh",
        "words": {"colon": ": " if _is_english() else "："} | {key: str(word) for key, word in WORDS.items()},
        "form": told(register["form"]),
        "id": register["handover"],
        "name": register["name"],
        "description": register["description"],
        "amounts": _("文件 %(records)s 件，案卷 %(volumes)s 卷") % register["amounts"],
        "size": _("%(gigabytes)s GB（%(bytes)s 字节）")
        % {"gigabytes": register["size_gb"], "bytes": f"{register['size_bytes']:,}"},
        "signatures": told(register.get("signatures", "")),
        "places": register["places"],
        "carrier": told(register["carrier"]),
        "characters": [[_cell(cell) for cell in row] for row in character_rows(handover)],
        "opinions": [[str(label), register["opinions"][name]] for name, label in OPINIONS.items()],
        "algorithm_told": _("算法：%(algorithm)s；按目录次序对各文件摘要连续计算。")
        % {"algorithm": told(register["digests"]["algorithm"])},
        "digests": [
            [
                row["package"],
                _("%(count)s 个文件") % {"count": row["documents"]},
                row["digest"],
                str(row["size_bytes"]),
            ]
            for row in register["digests"]["rows"]
        ],
        "sender": _side(register["sender"], handover.sender_seal),
        "receiver": _side(
            (handover.acceptance or {}).get("receiver") or register["receiver"], handover.receiver_seal
        ),
    }


def _cell(text: str) -> str:
    """A cell of 检验内容: a verdict, then counts, each in the reader's language."""
    verdict, stop, counts = text.rstrip("。").partition("。")
    if not stop:
        return told(text)
    full, comma = (". ", ", ") if _is_english() else ("。", "，")
    return f"{told(verdict)}{full}{comma.join(told(count) for count in counts.split('，'))}{full}".strip()


def _is_english() -> bool:
    return (get_language() or "").startswith("en")


def _side(party: dict[str, str], seal: dict[str, str] | None) -> dict[str, str]:
    return {
        "organisation": party["organisation"],
        "filled_by": party.get("filled_by", ""),
        "checked_by": party.get("checked_by", ""),
        "sealed_at": moment_text(seal["signed_at"]) if seal else "",
        "algorithm": seal["algorithm"] if seal else "",
        "signature": seal["signature_b64"] if seal else "",
    }
