"""The sealed receipt of a village's backup, to print."""

from __future__ import annotations

from pathlib import Path

from lantai.core.typesetting import moment_text, typeset

from .models import VillageBackup

_TEMPLATE = Path(__file__).parents[1] / "data" / "village-receipt.typ"


def receipt_pdf(backup: VillageBackup) -> bytes:
    """The receipt as PDF/A-2b, its seal drawn as 样章."""
    facts, seal = backup.receipt["facts"], backup.receipt["seal"]
    data = {
        **{name: facts[name] for name in ("village", "archive", "title", "copies", "backup")},
        "received_at": moment_text(facts["received_at"]),
        "bytes": f"{facts['size_bytes']:,}",
        "files": [[row["name"], f"{row['size_bytes']:,}", row["sm3"]] for row in facts["files"]],
        "sealed_at": moment_text(seal["signed_at"]),
        "algorithm": seal["algorithm"],
        "signature": seal["signature_b64"],
    }
    return typeset(_TEMPLATE, data)
