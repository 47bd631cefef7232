"""Finding damage: every block, or a sample of them, against the digests the volume was sealed with."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lantai.core.errors import Invalid, NotFound
from lantai.core.language import gettext as _

from .blocks import READ_BYTES, DigestTables, ImageFile, read_blocks
from .layout import END_BYTES, LAYOUT, LAYOUT_2, LAYOUT_BYTES, SYMBOLS, Layout, tar_header


@dataclass(slots=True)
class Checked:
    """What reading a volume found.

    Attributes:
        damaged: numbers of the damaged blocks.
        beyond_repair: those of groups that lost more than the error-correcting data restores.
        frame_damaged: damage outside the blocks: tables of digests, headers, the layout.
        sha512: of the image, where all of it was read and is whole.
        is_another: it is whole, but not the image that was sealed under this number.
    """

    layout: Layout
    blocks_read: int = 0
    damaged: list[int] = field(default_factory=list)
    beyond_repair: list[int] = field(default_factory=list)
    frame_damaged: bool = False
    sha512: str = ""
    is_another: bool = False
    seconds: float = 0.0

    @property
    def is_whole(self) -> bool:
        """Whether every byte that was read is as it was sealed."""
        return not (self.damaged or self.frame_damaged or self.is_another)

    @property
    def outcome(self) -> str:
        """``good``, ``repairable`` or ``lost``."""
        if self.beyond_repair or self.is_another:
            return "lost"
        return "good" if self.is_whole else "repairable"

    @property
    def damaged_percent(self) -> float:
        """Share of damaged blocks among those read."""
        return 100 * len(self.damaged) / self.blocks_read if self.blocks_read else 0.0

    @property
    def mib_per_s(self) -> float:
        """How fast the carrier was read."""
        return self.blocks_read * self.layout.block_bytes / 2**20 / self.seconds if self.seconds else 0.0


def find_image(path: Path) -> Path:
    """The image itself: the file named, or the one in a folder as it was made or burnt.

    Raises:
        NotFound: there is none, or more than one.
    """
    if path.is_dir():
        found = sorted(path.glob("*.tar"))
        if len(found) != 1:
            raise NotFound(
                _("文件夹中应恰有一个卷映像（.tar）。"),
                subject=str(path),
                remedy=_("请直接写明映像文件的路径。"),
            )
        return found[0]
    if not path.exists():
        raise NotFound(_("没有这个卷映像。"), subject=str(path), remedy=_("请检查光盘或磁盘是否已挂载。"))
    return path


def read_layout(image: ImageFile) -> tuple[Layout, bool]:
    """The layout from the front of the image or from its end; and whether both are whole.

    Raises:
        Invalid: neither can be read: the register and the label of the carrier have it too.
    """
    header = len(tar_header(LAYOUT, LAYOUT_BYTES, 0))
    places = (header, image.size_bytes - END_BYTES - LAYOUT_BYTES)
    found: list[Layout] = []
    for offset in places:
        try:
            found.append(Layout.parse(image.read(max(0, offset), LAYOUT_BYTES)))
        except Invalid:
            continue
    if not found:
        raise Invalid(
            _("卷首和卷尾的布局说明都读不出来。"),
            subject=str(image.path),
            remedy=_("请用 --layout 给出登记簿或标签上留存的布局说明；若不是离线卷，请核对路径。"),
        )
    if image.size_bytes * SYMBOLS < found[0].image_bytes:  # less than one block of every group is there
        raise Invalid(
            _("映像只剩不到二百五十五分之一，或布局说明不实，没有读取。"),
            subject=str(image.path),
            remedy=_("请换用这个卷的另一份。"),
        )
    return found[0], len(found) == 2 and found[0] == found[1] and image.size_bytes == found[0].image_bytes


def check_volume(
    path: Path,
    *,
    sample_percent: float = 100,
    layout: Layout | None = None,
    observe: Callable[[Checked], None] | None = None,
) -> Checked:
    """Reads a volume back.

    Args:
        path: the image, or the folder it lies in.
        sample_percent: share of the blocks that are read, drawn by chance; 100 reads them in a row.
        layout: from the register, where the image has lost both of its own.
        observe: called now and then with the figures so far.
    """
    started = time.monotonic()
    with ImageFile(find_image(path)) as image:
        whole_frame = True
        if layout is None:
            layout, whole_frame = read_layout(image)
        tables = DigestTables(image, layout)
        result = Checked(layout, frame_damaged=not (whole_frame and frame_is_whole(image, layout)))
        hasher = _ImageHasher(image)
        for block, content in _chosen(image, layout, sample_percent):
            if sample_percent >= 100:
                hasher.take(layout.offset_of(block), content)
            result.blocks_read += 1
            first, second = tables.of(block)
            result.frame_damaged |= first != second
            if not tables.holds(block, content):
                result.damaged.append(block)
            if observe and result.blocks_read % 4096 == 0:
                observe(result)
        if sample_percent >= 100 and result.is_whole:
            result.sha512 = hasher.finish(layout.image_bytes)
        result.seconds = time.monotonic() - started
    result.beyond_repair = beyond_repair(layout, result.damaged)
    return result


class _ImageHasher:
    """SHA-512 of an image whose blocks are read anyway; what lies between them is read once more."""

    def __init__(self, image: ImageFile) -> None:
        self._image, self._hasher, self._position = image, hashlib.sha512(), 0

    def take(self, offset: int, content: bytes) -> None:
        """A block, in the order in which they lie there."""
        self._reach(offset)
        self._hasher.update(content)
        self._position += len(content)

    def finish(self, length: int) -> str:
        """The digest of so many bytes."""
        self._reach(length)
        return self._hasher.hexdigest()

    def _reach(self, offset: int) -> None:
        while self._position < offset:
            content = self._image.read(self._position, min(READ_BYTES, offset - self._position))
            self._hasher.update(content)
            self._position += len(content)


def _chosen(image: ImageFile, layout: Layout, sample_percent: float) -> Iterator[tuple[int, bytes]]:
    if sample_percent >= 100:
        yield from read_blocks(image, layout)
        return
    count = min(layout.blocks, max(1, -(-round(layout.blocks * sample_percent) // 100)))
    for block in sorted(random.SystemRandom().sample(range(layout.blocks), count)):
        yield block, image.read(layout.offset_of(block), layout.length_of(block))


def beyond_repair(layout: Layout, damaged: list[int]) -> list[int]:
    """Damaged blocks of groups that lost more blocks than they have parity."""
    by_group: dict[int, list[int]] = {}
    for block in damaged:
        by_group.setdefault(layout.group_of(block)[0], []).append(block)
    return sorted(
        block
        for blocks in by_group.values()
        if len(blocks) > layout.parity_blocks_in_group
        for block in blocks
    )


def frame_is_whole(image: ImageFile, layout: Layout) -> bool:
    """Whether headers, second layout and end of the recovery part are as they follow from the layout."""
    for name, size in layout.recovery_members:
        header = tar_header(name, size, layout.made_at)
        if image.read(layout.offset(name) - len(header), len(header)) != header:
            return False
    tail = layout.to_bytes() + bytes(END_BYTES)
    return image.read(layout.offset(LAYOUT_2), len(tail)) == tail
