"""Whether a signer's certificate was valid and trusted when it signed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from lantai.core import settings

from .certificates import Certificate, is_trusted, read_roots
from .facts import Chain


def chain_of(leaf: Certificate, others: Sequence[Certificate], moment: datetime | None) -> tuple[Chain, str]:
    """Whether a certificate was valid and trusted when it signed, and why not."""
    told = moment or datetime.now(UTC)
    if not leaf.is_valid_at(told):
        parsed = leaf.parsed
        valid = f"{parsed.not_valid_before_utc:%Y-%m-%d} 至 {parsed.not_valid_after_utc:%Y-%m-%d}"
        return "untrusted", f"证书有效期 {valid}，签名于 {told:%Y-%m-%d}"
    folder = str(settings.TRUSTED_ROOTS.read())
    roots = read_roots(Path(folder)) if folder else []
    if not roots:
        return "unchecked", ""
    if is_trusted(leaf, others, roots, told):
        return "trusted", ""
    return "untrusted", f"{leaf.subject} 不是受信任的根签发的"
