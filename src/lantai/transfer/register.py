"""The 《电子档案移交与接收登记表》: its fields, filled from facts, and its two seals.

The sender seals the register as it was submitted. The receiver adds its own column
(``acceptance``: the results of its own inspection, who, when) and seals register, sender's seal
and acceptance together, so that neither side can change a word afterwards. Fields follow the
form of the 2012 《电子档案移交与接收办法》; it is made out in two copies and kept permanently.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantai.core.actors import Actor
from lantai.core.canonical import canonical_json, utc_text
from lantai.core.errors import Invalid
from lantai.core.findings import Outcome
from lantai.core.language import gettext, gettext_noop, sentence
from lantai.core.seals import PublicKey, Seal, sign, verify, verify_with
from lantai.records.api import Document, Record

from .models import Handover
from .stripping import NOT_DRAWN

PURPOSE = "transfer.register"
ALGORITHM = "SM3"
CHARACTERS = ("accuracy", "integrity", "usability", "security", "carrier")
"""检验内容: 准确性, 完整性, 可用性, 安全性, 载体外观."""

NATURE_OF = {
    "accuracy": "authenticity",
    "integrity": "integrity",
    "usability": "usability",
    "security": "security",
}

LABELS = {
    "accuracy": _("准确性"),
    "integrity": _("完整性"),
    "usability": _("可用性"),
    "security": _("安全性"),
    "carrier": _("载体外观"),
}
OPINIONS = {
    "opening": _("到期开放意见"),
    "disclosure": _("政府信息公开情况"),
    "classification_changes": _("密级变更情况"),
}
"""What goes with a transfer (实施条例第二十条)."""
LOOKS = "sec.media.look"
"""The check a receiver signs the looks of a carrier by."""
CARRIER = {"type": _("载体类型、规格"), "numbers": _("载体编号"), "looks": _("载体外观")}
"""What is said of an offline carrier."""


PASSED, FAILED, AWAITING = gettext_noop("合格"), gettext_noop("不合格"), gettext_noop("待人工确认")
CHECKED = sentence(gettext_noop("系统检测 %(count)s 项次"))
MISSED = sentence(gettext_noop("不通过 %(count)s 项次"))
WAIVED = sentence(gettext_noop("不适用 %(count)s 项次"))
SIGNED = sentence(gettext_noop("人工签署通过 %(count)s 项"))
LEFT = sentence(gettext_noop("待人工 %(count)s 项"))
ONLINE, UNSEEN = gettext_noop("在线"), gettext_noop("不适用（在线移交）")
KEPT = gettext_noop("电子签名随档移交，接收方逐一验证")
STRIPPED = gettext_noop("去技术化：移交前逐一验签，PDF、OFD 文件只留印章图样，原签名事实写入元数据")
LOST = sentence(gettext_noop("%(told)s；%(count)s 件的印章图样不能作为图像保留，原因见其元数据"))
FORM = gettext_noop("电子档案移交与接收登记表")


def fill_register(
    handover: Handover, actor: Actor, results: Mapping[str, Mapping[str, int]]
) -> dict[str, Any]:
    """The register of a hand-over, from its records as they stand.

    Args:
        handover: with its items.
        actor: who submits it.
        results: outcomes of the sender's inspections by nature (``{"integrity": {"pass": 9}}``).
    """
    records = Record.objects.filter(handover_items__handover=handover)
    amounts = records.aggregate(
        records=Count("id", distinct=True),
        volumes=Count("volume", distinct=True),
        catalogue_only=Count("id", filter=Q(documents=None), distinct=True),
    )
    rows = digest_rows(handover)
    size_bytes = sum(row["size_bytes"] for row in rows)
    first, last = _ends(handover)
    return {
        "form": FORM,
        "handover": str(handover.id),
        "name": handover.title,
        "description": _description(handover, amounts),
        "amounts": {**amounts, "documents": sum(row["documents"] for row in rows)},
        "size_bytes": size_bytes,
        "size_gb": f"{size_bytes / 10**9:.3f}",
        "signature_policy": handover.signature_policy,
        "signatures": signature_sentence(handover),
        "schedule": {"kind": handover.schedule, "reason": handover.schedule_reason},
        "places": {"from": 1, "to": amounts["records"], "first_code": first, "last_code": last},
        "carrier": _carrier(handover),
        "fonds": {"code": handover.fonds.code, "name": handover.fonds.name},
        "years": [handover.year_from, handover.year_to],
        "sender": _party(handover.agency, handover.prepared_by_name, actor),
        "receiver": {"organisation": handover.archive.name, "code": handover.archive.code},
        "inspection": inspection_column(results, _looks(handover)),
        "opinions": {name: handover.opinions.get(name, "") for name in OPINIONS},
        "digests": {"algorithm": ALGORITHM, "rows": rows},
    }


def fill_acceptance(
    handover: Handover, actor: Actor, results: Mapping[str, Mapping[str, int]], report_digest: str
) -> dict[str, Any]:
    """The receiver's column, after its own inspection passed."""
    return {
        "receiver": _party(handover.archive, actor.name, actor),
        "inspection": inspection_column(results, _looks_here(handover)),
        "report_input_sm3": report_digest,
        "received": handover.items.filter(returned_at=None).count(),
        "returned": [
            {"reference_code": item.reference_code, "reasons": item.correction.reasons}
            for item in handover.items.exclude(returned_at=None)
            .select_related("correction")
            .order_by("place")
        ],
    }


def named_opinions(given: Mapping[str, str]) -> dict[str, str]:
    """The three statements that go with a hand-over, of what was given."""
    return {name: str(given.get(name, "")).strip()[:2000] for name in OPINIONS}


def require_opinions(handover: Handover) -> None:
    """Refuses a hand-over that lacks one of the three statements.

    Raises:
        Invalid: it does.
    """
    missing = [label for name, label in OPINIONS.items() if not handover.opinions.get(name, "").strip()]
    if missing:
        raise Invalid(
            gettext("还差：%s。") % "、".join(map(str, missing)),
            subject=handover.title,
            remedy=gettext("进馆须附这三项说明；没有可说的，请写“无”。"),
        )


def signature_sentence(handover: Handover) -> str:
    """What becomes of signatures, as the register says it."""
    if handover.signature_policy == Handover.SignaturePolicy.KEEP:
        return KEPT
    rows = handover.items.filter(returned_at=None, record__metadata__M58__icontains=NOT_DRAWN)
    lost = rows.count()
    return LOST % {"told": STRIPPED, "count": lost} if lost else STRIPPED


def _carrier(handover: Handover) -> str:
    given = handover.carrier
    return f"{given['type']}（编号 {given['numbers']}）" if given else ONLINE


def _looks(handover: Handover) -> str:
    return handover.carrier.get("looks", "") or ("未检" if handover.carrier else UNSEEN)


def _looks_here(handover: Handover) -> str:
    """What the receiver signed of the carrier's looks (YJ-4-5); unsigned, what the sender said of them."""
    signed = handover.report.decisions.filter(key=LOOKS).first() if handover.report else None
    if signed is None:
        return _looks(handover)
    return f"{PASSED if signed.outcome == Outcome.PASS else FAILED}。{signed.note}"


def inspection_column(results: Mapping[str, Mapping[str, int]], carrier: str) -> dict[str, str]:
    """检验内容: one cell for each character, with method and result; of the carrier what was seen."""
    column = {}
    for character, nature in NATURE_OF.items():
        outcome = results.get(nature, {})
        if not sum(outcome.values()):
            column[character] = "未检"
            continue
        failed, awaiting, signed = (outcome.get(name, 0) for name in ("fail", "awaiting", "signed"))
        verdict = FAILED if failed else AWAITING if awaiting else PASSED
        checked = outcome.get("pass", 0) + failed
        waived = outcome.get("not_applicable", 0)
        counted = ((CHECKED, checked), (MISSED, failed), (WAIVED, waived), (SIGNED, signed), (LEFT, awaiting))
        parts = [words % {"count": count} for words, count in counted if count or words in (CHECKED, MISSED)]
        column[character] = f"{verdict}。{'，'.join(parts)}。"
    return {**column, "carrier": carrier}


def digest_rows(handover: Handover) -> list[dict[str, Any]]:
    """数字摘要附表: one row a year, over every document's SM3 in the order of the catalogue."""
    rows: dict[int, dict[str, Any]] = {}
    digests: dict[int, Any] = {}
    documents = (
        Document.objects.filter(record__handover_items__handover=handover)
        .order_by("record__handover_items__place", "sequence")
        .values_list("record__year", "record__reference_code", "sequence", "sm3", "size_bytes")
    )
    for year, code, sequence, sm3, size_bytes in documents.iterator(chunk_size=5000):
        key = year or 0
        row = rows.setdefault(key, {"package": str(key or "—"), "documents": 0, "size_bytes": 0})
        row["documents"] += 1
        row["size_bytes"] += size_bytes
        digests.setdefault(key, hashlib.new("sm3")).update(f"{code}\t{sequence}\t{sm3}\n".encode())
    return [{**rows[key], "digest": digests[key].hexdigest()} for key in sorted(rows)]


def seal_as_sender(handover: Handover) -> dict[str, str]:
    """The sender's seal over the register."""
    return sign(PURPOSE, canonical_json(handover.register)).as_dict()


def seal_as_receiver(handover: Handover) -> dict[str, str]:
    """The receiver's seal over the register, the sender's seal and the acceptance."""
    return sign(
        PURPOSE, _accepted_bytes(handover.register, handover.sender_seal, handover.acceptance)
    ).as_dict()


def seals_hold(handover: Handover) -> dict[str, bool | None]:
    """Whether each seal is ours and covers what stands here now; ``None`` where there is none yet."""
    sender, receiver = handover.sender_seal, handover.receiver_seal
    return {
        "sender": _holds(handover, sender, canonical_json(handover.register)) if sender else None,
        "receiver": _holds(
            handover, receiver, _accepted_bytes(handover.register, sender, handover.acceptance)
        )
        if receiver
        else None,
    }


def _holds(handover: Handover, given: Mapping[str, Any], data: bytes) -> bool:
    """Whether one of our keys made the seal, or the other installation's key that came with it."""
    seal = Seal.from_dict(given)
    if foreign := handover.foreign_keys.get(seal.key_id):
        return verify_with(PublicKey.from_pem(foreign), seal, PURPOSE, data)
    return verify(seal, PURPOSE, data)


def as_document(handover: Handover) -> dict[str, Any]:
    """The whole register as JSON: what was sealed, and the seals."""
    return {
        "register": handover.register,
        "sender_seal": handover.sender_seal,
        "acceptance": handover.acceptance,
        "receiver_seal": handover.receiver_seal,
        "state": handover.state,
    }


def _accepted_bytes(register: Any, sender_seal: Any, acceptance: Any) -> bytes:
    return canonical_json({"register": register, "sender_seal": sender_seal, "acceptance": acceptance})


def _party(organisation: Any, filled_by: str, actor: Actor) -> dict[str, str]:
    return {
        "organisation": organisation.name,
        "code": organisation.code,
        "filled_by": filled_by,
        "checked_by": actor.name,
        "at": utc_text(timezone.now()),
    }


def _description(handover: Handover, amounts: Mapping[str, int]) -> str:
    years = (
        f"{handover.year_from}年"
        if handover.year_from == handover.year_to
        else f"{handover.year_from}—{handover.year_to}年"
    )
    formats = ", ".join(_formats(handover.id))
    held = f"，格式：{formats}" if formats else ""
    listed = f"，其中仅有目录 {amounts['catalogue_only']} 件" if amounts["catalogue_only"] else ""
    way = "离线" if handover.carrier else "在线"
    held = f"{handover.fonds.name}{years}档案 {amounts['records']} 件{listed}{held}"
    return f"{held}；{way}移交，文件与元数据按件组织。"


def _formats(handover_id: UUID) -> Iterable[str]:
    names = (
        Document.objects.filter(record__handover_items__handover=handover_id)
        .order_by()
        .values_list("format_name", flat=True)
        .distinct()[:8]
    )
    return sorted(filter(None, names))


def _ends(handover: Handover) -> tuple[str, str]:
    codes = handover.items.order_by("place").values_list("reference_code", flat=True)
    first, last = codes.first(), codes.last()
    return first or "", last or ""


def character_rows(handover: Handover) -> list[tuple[str, str, str]]:
    """检验内容 as rows: what, the sender's result, the receiver's result."""
    sent = handover.register["inspection"]
    received = handover.acceptance["inspection"] if handover.acceptance else {}
    return [(str(LABELS[name]), sent[name], received.get(name, "")) for name in CHARACTERS]
