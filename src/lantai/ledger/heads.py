"""Signed tree heads: what is signed, in one place, and how a head is written to a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lantai.core import seals
from lantai.core.canonical import canonical_json
from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.core.seals import PublicKey, Seal

PURPOSE = "ledger.head"
FORMAT = "lantai-ledger-1"


@dataclass(frozen=True, slots=True)
class SignedHead:
    """The root over the first ``size`` leaves, sealed; as it travels outside the database."""

    size: int
    root: bytes
    seal: Seal

    @classmethod
    def sign(cls, size: int, root: bytes) -> SignedHead:
        """Seals a head with this instance's key."""
        return cls(size, root, seals.sign(PURPOSE, head_bytes(size, root)))

    def is_sealed(self, key: PublicKey | None = None) -> bool:
        """Whether the seal holds; by the given key, else by the keys of this instance."""
        data = head_bytes(self.size, self.root)
        if key is not None:
            return seals.verify_with(key, self.seal, PURPOSE, data)
        return seals.verify(self.seal, PURPOSE, data)

    def as_dict(self) -> dict[str, Any]:
        """The head as JSON-ready values."""
        return {"log": FORMAT, "size": self.size, "root": self.root.hex(), "seal": self.seal.as_dict()}

    def as_bytes(self) -> bytes:
        """The head as a file: canonical JSON and a line feed."""
        return canonical_json(self.as_dict()) + b"\n"

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SignedHead:
        """Reads a head back; ``Invalid`` when it makes no sense."""
        try:
            if data["log"] != FORMAT or not isinstance(data["size"], int):
                raise ValueError("log, size")
            root = bytes.fromhex(data["root"])
            if len(root) != 32:
                raise ValueError("root")
            return cls(data["size"], root, Seal.from_dict(data["seal"]))
        except (KeyError, TypeError, ValueError) as error:
            raise Invalid(
                _("树首内容不完整：%(error)s。") % {"error": error}, remedy=_("请重新取得该文件。")
            ) from error

    @classmethod
    def from_bytes(cls, content: bytes) -> SignedHead:
        """Reads a head's file; ``Invalid`` when it is none."""
        try:
            data = json.loads(content)
        except ValueError as error:
            raise Invalid(_("树首文件不是有效的 JSON。"), remedy=_("请重新取得该文件。")) from error
        if not isinstance(data, dict):
            raise Invalid(_("树首文件的内容不是一个对象。"), remedy=_("请重新取得该文件。"))
        return cls.from_dict(data)


def head_bytes(size: int, root: bytes) -> bytes:
    """The bytes a head's seal is over; its time is in the seal."""
    return canonical_json({"log": FORMAT, "root": root.hex(), "size": size})
