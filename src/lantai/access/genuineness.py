"""How a reader can know that a record is genuine: said in words, shown by digests, proved by the ledger.

Nothing here is asserted from a stored flag: the documents' digests are computed again from the
bytes while the page is made, up to a limit, and the proof is built from the tree as it stands.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from lantai.core.digests import digest_file
from lantai.core.errors import LantaiError
from lantai.core.labels import act_label
from lantai.ledger import api as ledger
from lantai.records.api import Document, Record, document_path, history_of
from lantai.vault import api as vault

RECOMPUTED_BYTES = 256 * 2**20
"""How much is read again for one page view, bytes; beyond it the last audit's word stands."""


@dataclass(frozen=True, slots=True)
class CheckedDocument:
    """One document and what a look at its bytes just now said.

    Attributes:
        document: the document, with the digests taken when it was captured.
        outcome: ``same``, ``changed``, ``unread`` (no copy for use could be read) or ``not_now``
            (too large to read for a page view).
    """

    document: Document
    outcome: str


@dataclass(frozen=True, slots=True)
class Step:
    """One act in the record's life, as the ledger keeps it."""

    at: datetime.datetime
    text: str
    entry_id: UUID
    placed: bool


@dataclass(frozen=True, slots=True)
class Genuineness:
    """Everything the page says.

    Attributes:
        checked_at: when the bytes were read.
        documents: each document and its outcome.
        copies: the vault's copies of the record, each with its store as declared (``None`` if it
            is declared no more).
        verified: how many of them the last check found whole.
        steps: the record's acts, oldest first.
        proof: the proof of the latest act that has been placed, if any.
        entry_id: the act it proves.
    """

    checked_at: datetime.datetime
    documents: Sequence[CheckedDocument]
    copies: Sequence[tuple[vault.Copy, vault.StoreFacts | None]]
    verified: int
    steps: Sequence[Step]
    proof: ledger.Proof | None
    entry_id: UUID | None

    @property
    def verdict(self) -> str:
        """``unchanged``, ``changed`` or ``unknown``; unchanged needs every document read and the same."""
        outcomes = {checked.outcome for checked in self.documents}
        if "changed" in outcomes:
            return "changed"
        return "unchanged" if outcomes == {"same"} else "unknown"


def genuineness_of(record: Record, *, with_bytes: bool) -> Genuineness:
    """Looks at a record now.

    Args:
        record: the record.
        with_bytes: whether to read the documents; only for readers who may see them.
    """
    copies = vault.copy_facts(vault.copies_of(record.id))
    entries = list(history_of(record))
    placed = [entry for entry in entries if hasattr(entry, "leaf")]
    proof = _proof(placed[-1].id) if placed else None
    return Genuineness(
        checked_at=timezone.now(),
        documents=_look_at(list(record.documents.order_by("sequence"))) if with_bytes else [],
        copies=copies,
        verified=sum(copy.state == "verified" for copy, _store in copies),
        steps=[
            Step(entry.at, act_label(entry.act, entry.count), entry.id, hasattr(entry, "leaf"))
            for entry in entries
        ],
        proof=proof,
        entry_id=placed[-1].id if proof else None,
    )


def _look_at(documents: Sequence[Document]) -> list[CheckedDocument]:
    left = RECOMPUTED_BYTES
    checked = []
    for document in documents:
        left -= document.size_bytes
        checked.append(CheckedDocument(document, _outcome(document) if left >= 0 else "not_now"))
    return checked


def _outcome(document: Document) -> str:
    try:
        path = document_path(document)
        if path.is_dir():
            found = vault.page_list_digests([digest_file(page) for page in sorted(path.iterdir())])
        else:
            found = digest_file(path)
    except (LantaiError, OSError):
        return "unread"
    return "same" if (found.sha256, found.sm3) == (document.sha256, document.sm3) else "changed"


def _proof(entry_id: UUID) -> ledger.Proof | None:
    try:
        return ledger.proof_of(entry_id)
    except LantaiError:
        return None


def check_proof(content: bytes) -> dict[str, object]:
    """Checks a proof file with nothing but what is in it and this archive's published key.

    Raises:
        Invalid: the file is not a proof.
    """
    proof = ledger.Proof.from_json(content)
    head = ledger.head()
    findings = proof.check(trusted_key_id=head.signed.seal.key_id if head else "")
    return {
        "proof": proof,
        "findings": findings,
        "holds": all(finding.outcome == "pass" for finding in findings),
        "told": act_label(proof.leaf.act, proof.leaf.count),
        "ours": head is not None and head.signed.seal.key_id == proof.key.key_id,
    }
