"""去技术化: what was signed goes to the archive with the seal's image alone, and what the signature said as metadata.

Each signature is verified before it goes; whether it held, whose it was, when and by which algorithm
stays with the record (M58-M60, M64). The signed original stays with the agency until the receipt.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lantai.core import settings as configuration
from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid
from lantai.core.events import publish
from lantai.formats.api import SignatureFacts, strip_ofd, verify_signatures
from lantai.ledger.api import append
from lantai.records.api import Document, Record, RecordsChanged

from .documents import replace_file
from .models import Handover

PDF, OFD = "application/pdf", "application/ofd"
SIGNED = b"/ByteRange"
"""Stands in every PDF that carries a signature (ISO 32000-1, 12.8.1), outside any compression."""
CHUNK = 1 << 20
NOT_DRAWN = "印章图样未能保留"
WORDS = {"valid": "验证有效", "invalid": "验证无效", "unknown": "无法验证"}
CODES = {"M59": "signed_at", "M60": "signer", "M64": "algorithm"}


def strip_signatures(handover: Handover, actor: Actor) -> int:
    """Strips every signed PDF and OFD of a hand-over whose policy asks for it; doing it again changes nothing.

    Returns:
        how many files were stripped.

    Raises:
        Conflict: a signed file cannot be opened to be flattened; it would go with its signature.
    """
    asked = handover.signature_policy == Handover.SignaturePolicy.IMAGE
    if not asked or handover.state != Handover.State.DRAFT:
        return 0
    rows = Document.objects.filter(record__handover_items__handover=handover, media_type__in=(PDF, OFD))
    documents = list(rows.select_related("record").order_by("record_id", "sequence"))
    return sum(
        _strip(document, actor)
        for document in documents
        if document.media_type == OFD or _is_signed(_path(document))
    )


def _path(document: Document) -> Path:
    return configuration.home() / document.location


def _is_signed(path: Path) -> bool:
    """Whether the mark of a signature stands in the file; read a piece at a time."""
    kept = b""
    try:
        with path.open("rb") as stream:
            while piece := stream.read(CHUNK):
                if SIGNED in kept + piece:
                    return True
                kept = piece[-len(SIGNED) :]
    except OSError:
        return False  # a file that is not there is told by the inspection
    return False


def _strip(document: Document, actor: Actor) -> bool:
    path = _path(document)
    facts = verify_signatures(path)
    if not facts:
        return False
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / f"plain{path.suffix}"
        undrawn = _write_plain(document, path, plain)
        with transaction.atomic():
            made, old = replace_file(document, plain, document.original_name)
            record = Record.objects.select_for_update(of=("self",)).get(id=document.record_id)
            record.metadata = {**record.metadata, **_elements(record.metadata, facts, undrawn)}
            record.save(update_fields=["metadata"])
            append(
                act="transfer.strip_signatures",
                actor=actor,
                subject=f"record:{record.id}",
                before={
                    "document": str(document.id),
                    "sm3": document.sm3,
                    "signatures": [_told(f) for f in facts],
                },
                after={"document": str(made.id), "sm3": made.sm3, "undrawn": list(undrawn)},
            )
            publish(RecordsChanged((record.id,), "described"))
            transaction.on_commit(lambda: _keep(old, configuration.home() / made.location))
    return True


def _write_plain(document: Document, path: Path, plain: Path) -> tuple[str, ...]:
    """Writes the file without its signatures; answers which seals could not be drawn, and why.

    Raises:
        Conflict: the file cannot be opened.
    """
    try:
        if document.media_type == OFD:
            return strip_ofd(path, plain)
        from .adapters.pdf_flattening import flatten  # a library only this needs

        flatten(path, plain)
    except (ValueError, Invalid) as error:
        why = error.message if isinstance(error, Invalid) else str(error)
        raise Conflict(
            _("签过名的文件打不开，不能去技术化：%(why)s。") % {"why": why},
            subject=document.original_name,
            remedy=_("请改用“签名随档移交”，或更正这份文件。"),
        ) from error
    return ()


def _keep(old: Path, made: Path) -> None:
    """The signed original stays beside the stripped copy; releasing removes both after the receipt."""
    if old.exists():
        old.rename(signed_original(made))


def signed_original(path: Path) -> Path:
    """Where the signed original of a stripped file lies."""
    return path.with_name(f"{path.stem}.signed{path.suffix}")


def _elements(
    before: dict[str, Any], facts: list[SignatureFacts], undrawn: tuple[str, ...]
) -> dict[str, str]:
    values = {code: [getattr(fact, name) for fact in facts] for code, name in CODES.items()}
    values["M58"] = [f"{fact.kind}：{WORDS[fact.status]}，移交前已去技术化" for fact in facts]
    values["M58"] += [f"{NOT_DRAWN}（{why}）" for why in undrawn]
    joined = {code: "；".join(filter(None, found)) for code, found in values.items()}
    return {
        code: "；".join(filter(None, (str(before.get(code, "")), text)))
        for code, text in joined.items()
        if text
    }


def _told(fact: SignatureFacts) -> dict[str, str]:
    return {"kind": fact.kind, "status": fact.status, "signer": fact.signer, "signed_at": fact.signed_at}
