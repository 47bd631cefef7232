"""The second copy of the metadata (GD-3-2, YJ-3-2): a catalogue database, as exported by its owner."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lantai.packages.api import PackageItem, read_entries
from lantai.records.api import normalise_code

from .subjects import Metadata


class CatalogueDatabase:
    """The entries of a catalogue database, found by reference code, else by number and title.

    Args:
        path: an export as a spreadsheet or CSV file.

    Raises:
        Invalid: it cannot be read as a catalogue.
    """

    def __init__(self, path: Path) -> None:
        self.entry_count = 0
        self._entries: dict[tuple[str, ...], Metadata] = {}
        for entry in read_entries(path):
            self.entry_count += 1
            for key in _keys(entry):
                self._entries.setdefault(key, entry)

    def copy_of(self, item: PackageItem) -> Metadata:
        """The item as the database has it; empty where it has no such entry.

        Elements that the database does not keep stand as the package gives them.
        """
        entry = self.entry_of(item.metadata)
        return {**item.metadata, **entry} if entry else {}

    def entry_of(self, metadata: Mapping[str, str]) -> Metadata:
        """The entry of a record described like this; empty where there is none."""
        return next((self._entries[key] for key in _keys(metadata) if key in self._entries), {})


def _keys(metadata: Mapping[str, str]) -> list[tuple[str, ...]]:
    code = normalise_code(metadata.get("M8", ""))
    if code:
        return [("code", code)]
    named = tuple("".join(metadata.get(element, "").split()) for element in ("M31", "M22"))
    return [("named", *named)] if named[1] else []
