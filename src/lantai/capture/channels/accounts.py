"""The channel of accounting records: vouchers with their entries, books, reports, others (DA/T 94)."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from lantai.packages.api import Element, Invoice, XmlRefused, describing, read_invoice

from ..entry import Sender
from .described import Enclosure, catalogued

VOUCHER = "凭证"
_MOST_INVOICE_BYTES = 4 << 20


def describe_accounts(
    values: Mapping[str, Any], entries: Sequence[Mapping[str, Any]], sender: Sender
) -> tuple[Element, list[Enclosure]]:
    """Accounting records.

    Args:
        values: ``kind`` (类别), ``fiscal_year``, ``files``; of a voucher its ``word``, ``number``, ``summary``
            and how many papers it says are ``attached``.
        entries: of a voucher, each with ``account``, ``debit`` and ``credit``.
        sender: whose they are.
    """
    root = describing("会计资料", "DA/T 94-2022", catalogued(values, sender))
    root.attributes = {**root.attributes, "类别": values["kind"], "会计年度": str(values["fiscal_year"])}
    if values["kind"] != VOUCHER:
        return root, [Enclosure(file, root) for file in values["files"]]
    said = {"字": values["word"], "号": values["number"], "日期": values["date"], "摘要": values["summary"]}
    voucher = root.add("凭证", **said, 附件数=values["attached"])
    for entry in entries:
        sides = {side: f"{entry[name]}" for side, name in _SIDES.items() if entry[name] is not None}
        voucher.add("分录", 科目=entry["account"], **sides)
    return root, [Enclosure(file, voucher, _structured(file)) for file in values["files"]]


_SIDES = {"借方": "debit", "贷方": "credit"}


def _structured(file: UploadedFile[Any]) -> dict[str, str]:
    """Number and amount of an electronic invoice, read from its structured data."""
    invoice = _invoice(file)
    values = {"发票号码": invoice.number, "金额": invoice.total} if invoice else {}
    return {name: value for name, value in values.items() if value}


def _invoice(file: UploadedFile[Any]) -> Invoice | None:
    if not (file.name or "").lower().endswith(".xml") or (file.size or 0) > _MOST_INVOICE_BYTES:
        return None
    with tempfile.NamedTemporaryFile(suffix=".xml") as copy:
        copy.writelines(file.chunks(2**20))
        copy.flush()
        try:
            return read_invoice(Path(copy.name))
        except XmlRefused:
            return None
