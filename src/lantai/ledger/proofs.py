"""A proof: everything a stranger needs to check one entry, in one JSON file, with no database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lantai.core.errors import Invalid
from lantai.core.findings import Finding, Outcome
from lantai.core.language import gettext as _
from lantai.core.seals import PublicKey

from .heads import SignedHead
from .leaves import LeafContent, leaf_hash_of
from .merkle import hash_node, root_from_inclusion

FORMAT = "lantai-proof-1"


@dataclass(frozen=True, slots=True)
class Step:
    """One step up the tree: the sibling, on which side it stands, and the hash of both."""

    sibling: bytes
    on_left: bool
    result: bytes


@dataclass(frozen=True, slots=True)
class Proof:
    """That a leaf stands at ``index`` in the tree under a signed head.

    Attributes:
        leaf: what the entry says.
        index: its place, from 0.
        path: sibling hashes from the leaf up (RFC 6962 §2.1.1).
        head: the signed head.
        key: the public key the head is signed with; compare its fingerprint with the published one.
    """

    leaf: LeafContent
    index: int
    path: tuple[bytes, ...]
    head: SignedHead
    key: PublicKey

    def as_dict(self) -> dict[str, Any]:
        """The proof as JSON-ready values; see docs/reference/proof-format.md."""
        return {
            "format": FORMAT,
            "leaf": self.leaf.as_dict(),
            "index": self.index,
            "path": [node.hex() for node in self.path],
            "head": self.head.as_dict(),
            "public_key": self.key.pem,
        }

    def as_json(self) -> str:
        """The proof as a file."""
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Proof:
        """Reads a proof back; ``Invalid`` when it is not one."""
        try:
            if data["format"] != FORMAT or not isinstance(data["index"], int):
                raise ValueError("format, index")
            path = tuple(bytes.fromhex(node) for node in data["path"])
            head = SignedHead.from_dict(data["head"])
            key = PublicKey.from_pem(data["public_key"], head.seal.subject_name)
            return cls(LeafContent.from_dict(data["leaf"]), data["index"], path, head, key)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise _no_proof(str(error)) from error

    @classmethod
    def from_json(cls, text: str | bytes) -> Proof:
        """Reads a proof's file; ``Invalid`` when it is not one."""
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise _no_proof("JSON") from error
        if not isinstance(data, dict):
            raise _no_proof("JSON")
        return cls.from_dict(data)

    def steps(self) -> list[Step]:
        """The way from the leaf to the root, for people to follow."""
        node, last, value, steps = self.index, self.head.size - 1, leaf_hash_of(self.leaf), []
        for sibling in self.path:
            on_left = bool(node & 1) or node == last
            value = hash_node(sibling, value) if on_left else hash_node(value, sibling)
            steps.append(Step(sibling, on_left, value))
            while on_left and not node & 1 and node:
                node, last = node >> 1, last >> 1
            node, last = node >> 1, last >> 1
        return steps

    @property
    def root(self) -> bytes | None:
        """The root that the leaf and the path lead to."""
        return root_from_inclusion(leaf_hash_of(self.leaf), self.index, self.head.size, self.path)

    def check(self, trusted_key_id: str = "") -> list[Finding]:
        """Checks the proof with nothing but what is in it.

        Args:
            trusted_key_id: the published fingerprint; when given, a proof signed by any other key fails.
        """
        subject = self.leaf.id
        findings = [
            _finding("ledger.proof.path", "RFC 6962 §2.1.1", subject, self.head.root.hex(), _hex(self.root)),
            _finding(
                "ledger.proof.seal",
                "GB/T 32918.2",
                subject,
                "签章有效",
                "签章有效" if self.head.is_sealed(self.key) else "签章无效",
            ),
        ]
        if trusted_key_id:
            findings.append(
                _finding("ledger.proof.key", "", subject, trusted_key_id.lower(), self.key.key_id)
            )
        return findings


def _hex(root: bytes | None) -> str:
    return root.hex() if root else "路径长度不符"


def _finding(key: str, clause: str, subject: str, expected: str, observed: str) -> Finding:
    same = expected == observed
    return Finding(
        key=key,
        code="",
        clause=clause,
        subject=subject,
        outcome=Outcome.PASS if same else Outcome.FAIL,
        expected=expected,
        observed=observed,
        remedy="" if same else "这份证明不成立：内容、位置或签章与原件不符。请向保管档案馆重新取得证明。",
    )


def _no_proof(reason: str) -> Invalid:
    return Invalid(
        _("这不是一份完整的存证证明：%(reason)s。") % {"reason": reason}, remedy=_("请重新取得证明文件。")
    )
