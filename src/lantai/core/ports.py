"""Ports: what a lower context needs from a higher one, declared here, answered above.

==================  ===========================  ==================================
port                who asks                     who answers
==================  ===========================  ==================================
``Authoriser``      every service                institutions
``RecordPart``      vault (write and rebuild)    records, inspection, capture, transfer, opening
``PaperPart``       vault (write and rebuild)    records, inspection, capture, transfer
``EvidenceStore``   ledger (segments, heads)     vault (every store)
``Eraser``          vault (lawful erasure)       records, capture
==================  ===========================  ==================================

An answer is registered once, in the answering context's ``AppConfig.ready``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from .actors import Actor
from .errors import Forbidden
from .labels import act_label
from .language import gettext as _


@dataclass(frozen=True, slots=True)
class Scope:
    """What an act touches, as far as rights depend on it. ``None`` or ``""`` means not known.

    Rights combine fonds, class, year, classification, opening mark and department.
    """

    organisation_id: UUID | None = None
    custodian_id: UUID | None = None
    department_id: UUID | None = None
    fonds_id: UUID | None = None
    category: str = ""
    year: int | None = None
    classification: str = ""
    opening_mark: str = ""


class Authoriser(Protocol):
    """Answers whether an actor may do an act."""

    def allows(self, actor: Actor, act: str, scope: Scope) -> bool:
        """Whether ``actor`` may do ``act`` (``capture.submit``, …) on what ``scope`` describes."""
        ...


class Shared(dict[str, Any]):
    """Members that many records' parts have in common: the very same object in each.

    Who writes parts renders it once. It must not change after it was made.
    """

    __slots__ = ()


class RecordPart(Protocol):
    """One context's part of a record, as written to ``record.xml`` and read back from it.

    The vault writes every part with the record; rebuilding hands each part back to its
    context in ``order``, so that no decision depends on the database alone.
    """

    key: str
    order: int

    def describe(self, record_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
        """JSON-ready parts by record; records this context knows nothing of are left out."""
        ...

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Recreates this context's rows for those records; repeating it changes nothing."""
        ...


class PaperPart(Protocol):
    """What one context keeps that belongs to no stored record: schedules, what was sent back, loans.

    The vault follows the ledger: a line on a subject of one of these ``kinds`` has the part asked
    what it now keeps there, and that is written as a paper to every store. The newest paper of an
    id is the true one.
    """

    key: str
    order: int
    kinds: Collection[str]

    def describe(self, subjects: Sequence[str]) -> Mapping[UUID, Mapping[str, Any]]:
        """JSON-ready papers by id, for subjects (``schedule:<id>``) that the ledger told of."""
        ...

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Recreates this context's rows; repeating it changes nothing."""
        ...


class EvidenceStore(Protocol):
    """A place outside the database that keeps ledger segments and signed heads."""

    name: str

    def put(self, path: str, content: bytes) -> None:
        """Writes a file durably; writing other bytes to a path that exists raises ``Conflict``."""
        ...

    def get(self, path: str) -> bytes:
        """Reads a file; ``NotFound`` if it is not there."""
        ...

    def paths(self, prefix: str) -> Sequence[str]:
        """All paths below a prefix, sorted."""
        ...


class Eraser(Protocol):
    """What one context holds of records beside the vault, so that an erasure reaches all of it."""

    def files(self, record_ids: Sequence[UUID]) -> Iterable[str]:
        """Files and folders with content of these records, relative to the data folder."""
        ...

    def forget(self, record_ids: Sequence[UUID]) -> None:
        """Takes out of its rows whatever tells of their content; only a purge asks for it."""
        ...


_authorisers: list[Authoriser] = []
_erasers: list[Eraser] = []
_record_parts: dict[str, RecordPart] = {}
_paper_parts: dict[str, PaperPart] = {}
_evidence_stores: list[Callable[[], Sequence[EvidenceStore]]] = []


def register_authoriser(authoriser: Authoriser) -> None:
    """Names the one authoriser; the last registered answers."""
    _authorisers[:] = [authoriser]


def allows(actor: Actor, act: str, scope: Scope | None = None) -> bool:
    """Whether the actor may do the act. With no authoriser registered, nobody may."""
    return bool(_authorisers) and _authorisers[0].allows(actor, act, scope or Scope())


def require(actor: Actor, act: str, scope: Scope | None = None, *, subject: str = "") -> None:
    """Raises ``Forbidden`` unless the actor may do the act. Every service starts with it."""
    if not allows(actor, act, scope):
        raise Forbidden(
            _("您的角色不能执行“%(act)s”。") % {"act": act_label(act)},
            subject=subject,
            remedy=_("如确需办理，请联系本单位的安全管理员授权。"),
        )


def register_record_part(part: RecordPart) -> None:
    """Adds a context's part to every record written from now on."""
    _record_parts[part.key] = part


def record_parts() -> list[RecordPart]:
    """All parts, in the order in which they are restored."""
    return sorted(_record_parts.values(), key=lambda part: (part.order, part.key))


def register_paper_part(part: PaperPart) -> None:
    """Adds what a context keeps beside its records."""
    _paper_parts[part.key] = part


def paper_parts() -> list[PaperPart]:
    """All of them, in the order in which they are restored."""
    return sorted(_paper_parts.values(), key=lambda part: (part.order, part.key))


def subject_ids(subjects: Iterable[str]) -> list[UUID]:
    """The ids in subjects of the ledger: of ``schedule:<id>`` what follows the colon."""
    return [UUID(subject.partition(":")[2]) for subject in subjects]


def restorers() -> list[RecordPart | PaperPart]:
    """Everyone who makes rows again from descriptions, in order."""
    parts: list[RecordPart | PaperPart] = [*_record_parts.values(), *_paper_parts.values()]
    return sorted(parts, key=lambda part: (part.order, part.key))


def register_evidence_stores(source: Callable[[], Sequence[EvidenceStore]]) -> None:
    """Adds a callable that returns the evidence stores there are now."""
    _evidence_stores.append(source)


def evidence_stores() -> list[EvidenceStore]:
    """Every evidence store there is now."""
    return [store for source in _evidence_stores for store in source()]


def register_eraser(eraser: Eraser) -> None:
    """Adds a context that holds something of records."""
    _erasers.append(eraser)


def erasers() -> Sequence[Eraser]:
    """Everyone who holds something of records, in the order of the layers."""
    return tuple(_erasers)
