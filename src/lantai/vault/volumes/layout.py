"""Where what lies in a volume's image: arithmetic alone, so that a stranger can redo it by hand.

::

    0 ┌────────────────────────────┐
      │ layout.json, README.txt,   │   tar members one after another; cut into blocks,
      │ catalogue.csv, root/…,     │   block i belongs to group  i mod groups
      │ ledger/…, manifest, seal   │
    P ├────────────────────────────┤   protected_bytes
      │ recovery/digests-1.bin     │   SHA-256 of every block, data first, 32 bytes each
      │ recovery/parity.bin        │   symbol j of group g is block  j · groups + g
      │ recovery/digests-2.bin     │   the same as digests-1
      │ recovery/layout.json       │   the same as the first member
      │ 1,024 zero bytes           │
      └────────────────────────────┘

Members of the recovery part have headers that follow from the layout alone, so that they too can
be made again.
"""

from __future__ import annotations

import hashlib
import json
import re
import tarfile
from dataclasses import asdict, dataclass
from typing import Any

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

FORMAT = "lantai-volume-1"
TAR_BLOCK = 512
LAYOUT_BYTES = 4096
DIGEST_BYTES = 32
SYMBOLS = 255
END_BYTES = 2 * TAR_BLOCK

LAYOUT, DIGESTS_1, PARITY, DIGESTS_2, LAYOUT_2 = (
    "layout.json",
    "recovery/digests-1.bin",
    "recovery/parity.bin",
    "recovery/digests-2.bin",
    "recovery/layout.json",
)
_LABEL = re.compile(r"(\w+)=([^\s+]+)(?:\+(\d+))?")
_LATEST = 2**33 - 1
"""The last second a tar header has room for."""
_BLOCK_BYTES = ((16 * 2**20, 2048), (2**40, 32768), (2**60, 2**20))
"""Up to which size of the protected part which size of block: a sector, an ECC block of a disc, a MiB."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The figures of one image; all offsets follow from them.

    Attributes:
        number: the carrier's number.
        made_at: seconds since 1970-01-01 UTC, the time in every tar header.
        protected_bytes: length of what the error-correcting data covers, from byte 0.
        block_bytes: what is found damaged and restored as one.
        data_blocks_in_group: k.
        parity_blocks_in_group: m: any m blocks of a group may be lost.
        objects_offset: where the content of ``objects.csv`` begins.
        objects_bytes: its length.
        medium: key of the kind of carrier it was made for.
        series: the set of carriers (套别) it belongs to.
    """

    number: str
    made_at: int
    protected_bytes: int
    block_bytes: int
    data_blocks_in_group: int
    parity_blocks_in_group: int
    objects_offset: int = 0
    objects_bytes: int = 0
    medium: str = ""
    series: str = ""

    @property
    def data_blocks(self) -> int:
        """Blocks of the protected part; the last may be short, and counts as filled with zeros."""
        return -(-self.protected_bytes // self.block_bytes)

    @property
    def groups(self) -> int:
        """How many codewords lie interleaved."""
        return -(-self.data_blocks // self.data_blocks_in_group)

    @property
    def parity_blocks(self) -> int:
        """Blocks of error-correcting data."""
        return self.groups * self.parity_blocks_in_group

    @property
    def blocks(self) -> int:
        """All blocks, data first."""
        return self.data_blocks + self.parity_blocks

    @property
    def correctable_bytes(self) -> int:
        """A stretch of this length may be lost anywhere in the image, and nothing is."""
        return max(0, (self.parity_blocks_in_group - 2) * self.groups * self.block_bytes)

    def group_of(self, block: int) -> tuple[int, int]:
        """Group and place in the group (data first) of a block."""
        if block < self.data_blocks:
            return block % self.groups, block // self.groups
        parity = block - self.data_blocks
        return parity % self.groups, self.data_blocks_in_group + parity // self.groups

    def block_at(self, group: int, place: int) -> int | None:
        """The block at a place of a group; ``None`` for one past the data, which is all zeros."""
        if place >= self.data_blocks_in_group:
            return self.data_blocks + (place - self.data_blocks_in_group) * self.groups + group
        block = place * self.groups + group
        return block if block < self.data_blocks else None

    def offset_of(self, block: int) -> int:
        """Where a block begins in the image."""
        if block < self.data_blocks:
            return block * self.block_bytes
        return self.offset(PARITY) + (block - self.data_blocks) * self.block_bytes

    def length_of(self, block: int) -> int:
        """How many bytes of a block lie in the image."""
        if block < self.data_blocks:
            return min(self.block_bytes, self.protected_bytes - block * self.block_bytes)
        return self.block_bytes

    @property
    def recovery_members(self) -> list[tuple[str, int]]:
        """Name and size of each member after the protected part, in order."""
        digests = self.blocks * DIGEST_BYTES
        return [
            (DIGESTS_1, digests),
            (PARITY, self.parity_blocks * self.block_bytes),
            (DIGESTS_2, digests),
            (LAYOUT_2, LAYOUT_BYTES),
        ]

    def offset(self, member: str) -> int:
        """Where the content of a recovery member begins."""
        position = self.protected_bytes
        for name, size in self.recovery_members:
            position += len(tar_header(name, size, self.made_at))
            if name == member:
                return position
            position += padded(size)
        raise KeyError(member)

    @property
    def image_bytes(self) -> int:
        """The whole image."""
        return self.offset(LAYOUT_2) + LAYOUT_BYTES + END_BYTES

    def to_bytes(self) -> bytes:
        """``layout.json``: one page, filled up with spaces, that carries its own check."""
        figures: dict[str, Any] = {"format": FORMAT, **asdict(self), "field_polynomial": "0x11D"}
        figures["check_sha256"] = _check(figures)
        text = json.dumps(figures, ensure_ascii=False, indent=1)
        return text.encode().ljust(LAYOUT_BYTES - 1) + b"\n"

    def _require_possible(self) -> None:
        """Holds figures of an unknown hand to what :func:`plan_layout` could have made.

        Raises:
            ValueError: no image has them.
        """
        words = (self.number, self.medium, self.series)
        figures = (self.made_at, self.protected_bytes, self.objects_offset, self.objects_bytes)
        shares = (self.data_blocks_in_group, self.parity_blocks_in_group)
        if not (
            all(type(word) is str for word in words)
            and all(type(figure) is int and figure >= 0 for figure in figures)
            and all(type(share) is int and share > 0 for share in shares)
            and sum(shares) <= SYMBOLS
            and self.made_at <= _LATEST
            and self.protected_bytes > 0
            and self.block_bytes in {size for _most, size in _BLOCK_BYTES}
            and self.objects_offset + self.objects_bytes <= self.protected_bytes
        ):
            raise ValueError("figures")

    @classmethod
    def parse(cls, content: bytes) -> Layout:
        """Reads ``layout.json``.

        Raises:
            Invalid: it is damaged, or of another form.
        """
        try:
            figures = json.loads(content)
            check = figures.pop("check_sha256")
            if check != _check(figures) or figures.pop("format") != FORMAT:
                raise ValueError("check")
            figures.pop("field_polynomial")
            layout = cls(**figures)
            layout._require_possible()
            return layout
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Invalid(_("卷的布局说明已损坏或格式不识。"), subject=LAYOUT) from error

    @property
    def label(self) -> str:
        """All figures as one line of text, short enough to be typed; :meth:`from_label` reads it."""
        return (
            f"number={self.number} series={self.series} medium={self.medium} "
            f"P={self.protected_bytes} B={self.block_bytes} k={self.data_blocks_in_group} "
            f"m={self.parity_blocks_in_group} t={self.made_at} O={self.objects_offset}+{self.objects_bytes}"
        )

    @classmethod
    def from_label(cls, text: str) -> Layout:
        """Reads the figures as they stand on a carrier's label.

        Raises:
            Invalid: some are missing, or no image has them.
        """
        told = {name: (first, second) for name, first, second in _LABEL.findall(text)}
        try:
            words = {name: told.get(name, ("", ""))[0] for name in ("number", "series", "medium")}
            protected, block, data, parity, made, start = (int(told[name][0]) for name in "PBkmtO")
            layout = cls(
                words["number"], made, protected, block, data, parity, start, int(told["O"][1]),
                words["medium"], words["series"],
            )  # fmt: skip
            layout._require_possible()
            return layout
        except (ValueError, KeyError) as error:
            raise Invalid(
                _("标签上的布局数字不全，或有误。"),
                subject=LAYOUT,
                remedy=_("请照标签逐字录入：number=… P=… B=… k=… m=… t=… O=…+…"),
            ) from error


def _check(figures: dict[str, Any]) -> str:
    text = json.dumps(figures, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def parity_blocks(share_percent: float) -> int:
    """How many of the 255 blocks of a group are error-correcting data."""
    return min(max(round(SYMBOLS * share_percent / 100), 4), SYMBOLS - 1)


def plan_layout(
    number: str,
    made_at: int,
    protected_bytes: int,
    share_percent: float,
    objects: tuple[int, int] = (0, 0),
) -> Layout:
    """The layout of an image of which ``share_percent`` is error-correcting data."""
    parity = parity_blocks(share_percent)
    return Layout(
        number=number,
        made_at=made_at,
        protected_bytes=protected_bytes,
        block_bytes=next(size for most, size in _BLOCK_BYTES if protected_bytes <= most),
        data_blocks_in_group=SYMBOLS - parity,
        parity_blocks_in_group=parity,
        objects_offset=objects[0],
        objects_bytes=objects[1],
    )


def padded(size: int) -> int:
    """A member's content as it lies in a tar: filled up to 512 bytes."""
    return -(-size // TAR_BLOCK) * TAR_BLOCK


def tar_header(name: str, size: int, made_at: int) -> bytes:
    """The header of a member (POSIX pax); the same arguments always give the same bytes."""
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = size, made_at, 0o444
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
