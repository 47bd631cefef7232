"""What a package kind could not carry of the package it was made from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from lantai.core.language import gettext as _
from lantai.records.api import metadata_elements

from .package import PackageItem


@dataclass(slots=True)
class Losses:
    """What a target kind cannot carry, gathered into a few sentences."""

    _first: dict[str, str] = field(default_factory=dict)
    _count: Counter[str] = field(default_factory=Counter)

    def note(self, what: str, where: str) -> None:
        """Something of an item that was left out or changed."""
        self._first.setdefault(what, where)
        self._count[what] += 1

    def note_values(self, item: PackageItem, kept: Iterable[str]) -> None:
        """The values of an item that stand under none of the kept codes or names."""
        elements = metadata_elements()
        held = set(kept)
        for name, value in (*item.metadata.items(), *item.extra.items()):
            if value.strip() and name not in held:
                title = f"{elements[name].name}（{name}）" if name in elements else f"“{name}”"
                self.note(_("%(name)s没有位置，未写入") % {"name": title}, item.label)

    def sentences(self) -> list[str]:
        """One sentence for each kind of loss, with how often and where first."""
        return [
            _("%(what)s：%(count)s 处，第一处在%(where)s。")
            % {"what": what, "count": count, "where": self._first[what]}
            for what, count in self._count.items()
        ]
