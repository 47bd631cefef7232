"""What a message or a captured page cannot say of itself, added before it is inspected.

A catalogue names a retention term and a classification; an mbox does not. The clerk's form says them
for the whole submission (``Submission.described``); what nobody said comes from ``data/channels.toml``
and the agency's schedule. A message's attachments become files of its record beside the message.
"""

from __future__ import annotations

import os
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from lantai.formats.api import TakenOut, identify_many, is_accepted, take_out_attachments
from lantai.packages.api import Package, PackageFile, PackageItem
from lantai.records.api import propose_retention

from ..models import Submission

_TIMES = ("发送时间", "采集时间")
KINDS = frozenset({"mail", "web"})
_PLACED = frozenset({"门类", "公开属性"})
"""Columns that say where an item belongs and are kept in fields."""


def complete(package: Package, submission: Submission, taken_out: Path) -> None:
    """Has the items of a mail or web package carry what its channel knows; others are left alone.

    Args:
        package: as opened.
        submission: whose description holds for every item that does not say otherwise.
        taken_out: folder for messages split from a box, and for attachments; kept until filed.
    """
    if package.kind in KINDS:
        package.items = Completed(package, submission, taken_out, package.items)


@dataclass(frozen=True, slots=True)
class Completed:
    """The items of a package with what was added; they may be iterated again."""

    package: Package
    submission: Submission
    taken_out: Path
    items: object

    def __iter__(self) -> Iterator[PackageItem]:
        for item in self.items:  # type: ignore[attr-defined]
            described = self._described(item)
            yield self._with_attachments(described) if self.package.kind == "mail" else described

    def _described(self, item: PackageItem) -> PackageItem:
        said = {name: value for name, value in self.submission.described.items() if value}
        own = {name: value for name, value in item.metadata.items() if value.strip()}
        at = next((item.extra[name] for name in _TIMES if item.extra.get(name)), "")
        if at and own.get("M33"):
            own["M33"] = at  # to the second: an answer often has the title, author and day of the one before
        named = {name: value for name, value in item.extra.items() if name not in _PLACED}
        metadata = {**_defaults()[self.package.kind], **named, **own, **said}
        if not metadata.get("M12"):
            proposal = propose_retention(item.title, self.submission.agency_id)
            metadata["M12"] = proposal.term.name if proposal else _defaults()["unscheduled"]["M12"]
        category = metadata.pop("门类", "") or item.extra.get("门类", "")
        return replace(item, metadata=metadata, extra={**item.extra, "门类": category})

    def _with_attachments(self, item: PackageItem) -> PackageItem:
        """The message, where it stays put, and those of its attachments that can be kept as files.

        A sender's mail cannot be mended: an attachment of a format that is not filed stays in the
        message alone, where it is listed.
        """
        folder = self.taken_out / f"{item.number:06d}"
        message = folder / "message.eml"
        if not message.exists():
            _put(item.files[0].path, message)
        body = replace(item.files[0], path=message)
        taken = list(take_out_attachments(message, folder / "attachments"))
        found = identify_many([each.path for each in taken])
        kept = [
            _attachment(body, each)
            for each, identified in zip(taken, found, strict=True)
            if identified.extension_fits and is_accepted(identified)
        ]
        return replace(item, files=(body, *kept))


def _attachment(body: PackageFile, taken: TakenOut) -> PackageFile:
    name = f"{body.name}/{taken.path.name}"
    size_bytes = taken.path.stat().st_size
    return PackageFile(
        taken.path, os.fsencode(name), name, "attachment", {"sha256": taken.sha256}, size_bytes
    )


def _put(source: Path, target: Path) -> None:
    """Whole or not at all, so that a process killed in between leaves nothing that looks complete."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    shutil.copyfile(source, partial)
    partial.rename(target)


@cache
def _defaults() -> dict[str, dict[str, str]]:
    path = Path(__file__).parents[1] / "data" / "channels.toml"
    return dict(tomllib.loads(path.read_text(encoding="utf-8")))
