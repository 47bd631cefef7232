"""Carriers and their sampling plans, from ``data/media.toml`` or the archive's own."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from lantai.core.errors import Invalid, NotFound
from lantai.core.language import gettext as _
from lantai.core.settings import home

_SHIPPED = Path(__file__).parents[1] / "data" / "media.toml"


@dataclass(frozen=True, slots=True)
class Medium:
    """A kind of carrier.

    Attributes:
        family: what 异质 compares: 光盘, 硬磁盘, 磁带.
        standard: the archival standard that rules its keeping.
        inspect_months: a volume is read back at least so often.
        sample_percent: of its blocks, at least.
        warn_percent: share of damaged blocks at which the volume is to be made anew.
        confidence: ``stated``, ``likely`` or ``assumed``: how sure these figures are.
    """

    key: str
    name: str
    family: str
    capacity_bytes: int
    standard: str
    inspect_months: int
    sample_percent: float
    warn_percent: float
    confidence: str

    def next_inspection(self, after: date) -> date:
        """The last day by which a volume read on ``after`` is to be read again."""
        months = after.month - 1 + self.inspect_months
        year, month = after.year + months // 12, months % 12 + 1
        return date(year, month, min(after.day, 28))


def media() -> tuple[Medium, ...]:
    """All carriers."""
    own = home() / "data" / "media.toml"
    path = own if own.exists() else _SHIPPED
    return _read(path, path.stat().st_mtime_ns)


def medium(key: str) -> Medium:
    """One carrier.

    Raises:
        NotFound: there is none of this key.
    """
    known = {row.key: row for row in media()}
    if key not in known:
        raise NotFound(
            _("没有这种载体。"), subject=key, remedy=_("可用：%(keys)s。") % {"keys": "、".join(known)}
        )
    return known[key]


@lru_cache(maxsize=4)
def _read(path: Path, _changed_ns: int) -> tuple[Medium, ...]:
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8"))["medium"]
        return tuple(Medium(**row) for row in rows)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise Invalid(
            _("载体登记表无法理解：%(error)s。") % {"error": error},
            subject=str(path),
            remedy=_("请照随附的 media.toml 逐项填写，或删除它以恢复随附的。"),
        ) from error
