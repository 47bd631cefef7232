"""Mending: a damaged image written anew, its lost blocks restored from the error-correcting data."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from lantai.core.errors import Conflict
from lantai.core.language import gettext as _

from ..adapters.erasure_code import ReedSolomon
from .blocks import DigestTables, ImageFile, block_digest, read_blocks
from .checking import Checked, check_volume, find_image
from .image import write_digests, write_frame
from .layout import Layout

_WIDTH = 8


@dataclass(slots=True)
class Mended:
    """What mending did.

    Attributes:
        restored: how many blocks were restored.
        lost: blocks that could not be, by number; what the carrier still gives of them stays.
    """

    layout: Layout
    path: Path
    restored: int = 0
    lost: list[int] = field(default_factory=list)
    frame_restored: bool = False


def mend_volume(
    source: Path, target: Path, *, layout: Layout | None = None, observe: Callable[[int], None] | None = None
) -> Mended:
    """Writes a whole image from a damaged one.

    Args:
        source: the damaged image or its folder; it is only read.
        target: the new image, or the folder it goes to; when it is the source itself, only what is
            damaged is written.
        layout: where the image has lost both of its own.
        observe: called with the number of blocks restored so far.

    Raises:
        Conflict: another file lies there.
    """
    source = find_image(source)
    target = target / source.name if target.is_dir() else target
    in_place = target.exists() and target.samefile(source)
    if target.exists() and not in_place:
        raise Conflict(
            _("已有这个文件，没有覆盖。"), subject=str(target), remedy=_("请另写一个文件名，或先移走它。")
        )
    checked = check_volume(source, layout=layout)
    layout = checked.layout
    result = Mended(layout, target, lost=checked.beyond_repair, frame_restored=checked.frame_damaged)
    draft = target if in_place else target.with_name(f"{target.name}.part")
    if not in_place:
        _copy(source, draft, layout)
    with ImageFile(source) as image, draft.open("r+b") as output:
        output.truncate(layout.image_bytes)
        gone = set(result.lost)
        for block, content in _restored(image, checked, layout):
            output.seek(layout.offset_of(block))
            output.write(content[: layout.length_of(block)])
            result.restored += 1
            if observe:
                observe(result.restored)
        _write_rest(output, draft, layout, image, gone)
        os.fsync(output.fileno())
    if not in_place:
        draft.replace(target)
    return result


def _copy(source: Path, target: Path, layout: Layout) -> None:
    """Every byte the carrier still gives."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with ImageFile(source) as image, target.open("wb") as output:
        output.truncate(layout.image_bytes)
        for block, content in read_blocks(image, layout):
            output.seek(layout.offset_of(block))
            output.write(content)


def _write_rest(output: IO[bytes], path: Path, layout: Layout, image: ImageFile, gone: set[int]) -> None:
    """Tables and headers. A lost block keeps the digest it was sealed with, so that it stays known as lost."""
    output.flush()
    sealed = DigestTables(image, layout)
    kept = {block: sealed.of(block)[0] for block in gone}
    with ImageFile(path) as mended:
        digests = (
            kept[block] if block in kept else block_digest(content, layout.block_bytes)
            for block, content in read_blocks(mended, layout)
        )
        write_digests(output, layout, digests)
    write_frame(output, layout)
    output.flush()


def _restored(image: ImageFile, checked: Checked, layout: Layout) -> Iterator[tuple[int, bytes]]:
    """Damaged blocks as they were. Groups side by side that miss the same places are done in one go."""
    code = ReedSolomon(layout.data_blocks_in_group, layout.parity_blocks_in_group)
    gone = set(checked.beyond_repair)
    missing: dict[int, list[int]] = {}
    for block in checked.damaged:
        if block not in gone:
            group, place = layout.group_of(block)
            missing.setdefault(group, []).append(place)
    for group, width in _runs(missing):
        columns = _restored_columns(image, layout, code, group, width, missing[group])
        for offset in range(width):
            for place in missing[group]:
                restored = layout.block_at(group + offset, place)
                if restored is not None:
                    start = offset * layout.block_bytes
                    yield restored, columns[place][start : start + layout.block_bytes]


def _runs(missing: dict[int, list[int]]) -> Iterator[tuple[int, int]]:
    """First group and width of each run of groups that miss the same places."""
    groups = sorted(missing)
    index = 0
    while index < len(groups):
        group, width = groups[index], 1
        while width < _WIDTH and missing.get(group + width) == missing[group]:
            width += 1
        yield group, width
        index += width


def _restored_columns(
    image: ImageFile, layout: Layout, code: ReedSolomon, group: int, width: int, missing: Sequence[int]
) -> dict[int, bytes]:
    lost = set(missing)
    known: dict[int, bytes] = {}
    for place in range(code.data + code.parity):
        if place in lost:
            continue
        if len(known) == code.data:
            break
        known[place] = _column(image, layout, group, place, width)
    length = width * layout.block_bytes
    decoded = code.decode(known)
    columns = {place: decoded[place * length : (place + 1) * length] for place in lost if place < code.data}
    if any(place >= code.data for place in lost):
        parity = code.encode(decoded)
        columns |= {place: parity[place - code.data] for place in lost if place >= code.data}
    return columns


def _column(image: ImageFile, layout: Layout, group: int, place: int, width: int) -> bytes:
    """The blocks of neighbouring groups at one place: neighbours in the image, too."""
    return b"".join(
        b"".ljust(layout.block_bytes, b"\0")
        if (block := layout.block_at(group + offset, place)) is None
        else image.read(layout.offset_of(block), layout.length_of(block)).ljust(layout.block_bytes, b"\0")
        for offset in range(width)
    )
