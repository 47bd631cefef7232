"""What the platform answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class Refused(Exception):  # noqa: N818 - named after what happened
    """The platform refused a call, and says why and what to do.

    Attributes:
        status: HTTP status.
        message: what happened.
        subject: to what.
        remedy: what to do.
    """

    def __init__(self, status: int, message: str, subject: str = "", remedy: str = "") -> None:
        super().__init__(" ".join(filter(None, [message, subject and f"({subject})", remedy])))
        self.status, self.message, self.subject, self.remedy = status, message, subject, remedy


class Unreachable(Exception):  # noqa: N818
    """Nobody answered for as long as the caller was ready to wait; the call may be repeated."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the inspection found.

    Attributes:
        key: stable name of the check.
        code: its number in the standard, such as GD-1-1 (DA/T 70-2018).
        outcome: ``fail``, ``warn`` or ``awaiting``.
        observed: what was found.
        remedy: what to do about it.
    """

    key: str
    code: str
    outcome: str
    observed: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Item:
    """One record of a submission.

    Attributes:
        sequence: its place, from 1.
        title: 题名.
        state: ``accepted`` or ``returned``.
        record: the record's id in the platform, once it is one.
        findings: why it was returned.
    """

    sequence: int
    title: str
    state: str
    record: str | None
    findings: tuple[Finding, ...]

    @classmethod
    def read(cls, answer: dict[str, Any]) -> Item:
        """From the API's JSON."""
        names = Finding.__dataclass_fields__
        findings = tuple(Finding(**{n: str(row[n]) for n in names}) for row in answer["findings"])
        record = answer.get("record")
        return cls(answer["sequence"], answer["title"], answer["state"], record, findings)


@dataclass(frozen=True, slots=True)
class Submission:
    """A submission and what became of it.

    Attributes:
        id: its id in the platform.
        key: the sender's own.
        title: what it is called.
        state: ``received``, ``processing``, ``accepted``, ``partly_accepted``, ``returned``, ``failed``.
        finished: whether every item was accepted or returned.
        counts: how many ``items``, ``accepted``, ``returned``.
        returned: the items that came back (at most 1000).
        receipt: facts and seal, once finished.
    """

    id: str
    key: str
    title: str
    state: str
    finished: bool
    counts: dict[str, Any]
    returned: tuple[Item, ...]
    receipt: dict[str, Any] | None

    @classmethod
    def read(cls, answer: dict[str, Any]) -> Submission:
        """From the API's JSON."""
        return cls(
            id=answer["id"],
            key=answer["idempotency_key"],
            title=answer["title"],
            state=answer["state"],
            finished=answer["finished"],
            counts=answer["counts"],
            returned=tuple(map(Item.read, answer["returned"])),
            receipt=answer["receipt"],
        )
