"""What a leaf commits to, and how: canonical JSON, salted, hashed with SM3 (RFC 6962 §2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lantai.core.canonical import canonical_json, sm3, utc_text
from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from .merkle import hash_leaf

_FIELDS = ("id", "actor", "role", "act", "subject", "before", "after", "salt")


@dataclass(frozen=True, slots=True)
class LeafContent:
    """The fields of an entry that its leaf proves; see :class:`.models.Entry`.

    ``salt`` is derived from the entry's secret, so that who knows a leaf's content cannot
    guess what ``before`` and ``after`` stand for.
    """

    id: str
    at: datetime
    actor: str
    role: str
    act: str
    subject: str
    count: int
    before: str
    after: str
    salt: str

    def as_dict(self) -> dict[str, Any]:
        """The content as JSON-ready values."""
        values: dict[str, Any] = {name: getattr(self, name) for name in _FIELDS}
        return {**values, "at": utc_text(self.at), "count": self.count}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> LeafContent:
        """Reads the content back; ``Invalid`` when a field is missing or makes no sense."""
        try:
            at = datetime.fromisoformat(data["at"])
            if at.tzinfo is None or not isinstance(data["count"], int):
                raise ValueError("at, count")
            return cls(at=at, count=data["count"], **{name: str(data[name]) for name in _FIELDS})
        except (KeyError, TypeError, ValueError) as error:
            raise Invalid(
                _("存证条目内容不完整：%(error)s。") % {"error": error}, remedy=_("请重新取得证明文件。")
            ) from error


def leaf_hash_of(content: LeafContent) -> bytes:
    """The leaf hash of a content: ``SM3(0x00 ‖ canonical JSON)``."""
    return hash_leaf(canonical_json(content.as_dict()))


def derive_salt(secret: bytes, use: str) -> bytes:
    """A 32-byte salt for one use; it says nothing about the secret or the salts of other uses."""
    return sm3(b"lantai-ledger-salt\n", use.encode("ascii"), b"\n", secret)


def value_digest(secret: bytes, use: str, value: object) -> str:
    """The salted digest of a state (``use``: ``before`` or ``after``); empty for ``None``."""
    if value is None:
        return ""
    return sm3(derive_salt(secret, use), canonical_json(value)).hex()
