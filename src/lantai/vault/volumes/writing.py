"""Writing one volume: objects until the carrier is full, then what tells strangers what it is."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from lantai.core.canonical import canonical_json, utc_text
from lantai.core.digests import CHUNK_BYTES
from lantai.core.language import gettext as _
from lantai.core.seals import public_key, sign

from .. import ocfl
from ..models import VaultObject
from ..stores import Store
from .describing import CATALOGUE_COLUMNS, OBJECT_COLUMNS, catalogue_rows
from .image import ImageWriter, SourceDamagedError, write_recovery
from .layout import LAYOUT, LAYOUT_BYTES, SYMBOLS, Layout, parity_blocks, plan_layout, tar_header
from .packing import ROOT, PackedObject, pack

SEAL_PURPOSE = "vault.volume"
README = Path(__file__).parents[1] / "data" / "volume-readme.txt"
_RESERVE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class WrittenEntry:
    """One object as it stands in the image."""

    row: VaultObject
    offset: int
    length: int


@dataclass(slots=True)
class WrittenVolume:
    """An image as written.

    Attributes:
        too_large: objects that fit on no carrier of this size.
        unreadable: objects of which no store gives a whole copy.
        is_full: whether objects are left for another volume.
    """

    layout: Layout | None = None
    entries: list[WrittenEntry] = field(default_factory=list)
    too_large: list[VaultObject] = field(default_factory=list)
    unreadable: list[VaultObject] = field(default_factory=list)
    is_full: bool = False


@dataclass(frozen=True, slots=True)
class Carrier:
    """What is to be written on."""

    number: str
    capacity_bytes: int
    share_percent: float
    made_at: datetime
    medium: str = ""
    series: str = ""

    def room(self) -> int:
        """How many protected bytes fit, with the loose catalogue beside the image."""
        share = 1 - parity_blocks(self.share_percent) / SYMBOLS
        return int(self.capacity_bytes * share * 0.965) - _RESERVE_BYTES


class _Spools:
    """The tables that grow while objects are written; on disk, for volumes of a million objects."""

    def __init__(self) -> None:
        self.objects, self.catalogue = TemporaryFile("w+b"), TemporaryFile("w+b")  # noqa: SIM115 - closed below
        self.catalogue.write("\ufeff".encode())
        self._objects, self._catalogue = _writer(self.objects), _writer(self.catalogue)
        self._objects(OBJECT_COLUMNS)
        self._catalogue(CATALOGUE_COLUMNS)

    def tell(self, packed: PackedObject, offset: int, length: int) -> None:
        row = packed.row
        self._objects(
            [
                row.object_path,
                row.object_id,
                offset,
                length,
                row.version,
                packed.written,
                row.state,
                row.inventory_sha512,
            ]
        )
        for line in catalogue_rows(row):
            self._catalogue(line)

    @property
    def size_bytes(self) -> int:
        return self.objects.tell() + self.catalogue.tell()

    def close(self) -> None:
        self.objects.close()
        self.catalogue.close()


def _writer(target: IO[bytes]) -> Callable[[list[Any]], None]:
    def write(values: list[Any]) -> None:
        line = io.StringIO()
        csv.writer(line).writerow(values)
        target.write(line.getvalue().encode("utf-8", "surrogateescape"))

    return write


def write_volume(
    path: Path,
    carrier: Carrier,
    rows: Iterator[VaultObject],
    stores: list[Store],
    evidence: Callable[[], Iterator[tuple[str, bytes]]],
    observe: Callable[[int], None] | None = None,
) -> WrittenVolume:
    """Writes an image of as many of these objects as fit, and seals it.

    Args:
        path: the new file.
        carrier: number, size and share of error-correcting data.
        rows: objects in the order in which they are wanted; the first that does not fit is the
            last one taken from the iterator.
        stores: where content is read, best first.
        evidence: ledger files by path.
        observe: called with the number of objects written.
    """
    result = WrittenVolume()
    made_at = int(carrier.made_at.timestamp())
    with path.open("w+b") as target:
        writer, spools = ImageWriter(target, made_at), _Spools()
        try:
            writer.add_bytes(LAYOUT, bytes(LAYOUT_BYTES))
            writer.add_bytes("README.txt", README.read_bytes())
            for name, content in ocfl.ROOT_FILES.items():
                writer.add_bytes(ROOT + name, content)
            for name, content in evidence():
                writer.add_bytes(f"ledger/{name}", content)
            _write_objects(writer, carrier, made_at, rows, stores, spools, result, observe)
            layout = _close(writer, carrier, made_at, spools, result)
        finally:
            spools.close()
            writer.close()
        target.seek(len(tar_header(LAYOUT, LAYOUT_BYTES, made_at)))
        target.write(layout.to_bytes())
    write_recovery(path, layout)
    result.layout = layout
    return result


def _write_objects(
    writer: ImageWriter,
    carrier: Carrier,
    made_at: int,
    rows: Iterator[VaultObject],
    stores: list[Store],
    spools: _Spools,
    result: WrittenVolume,
    observe: Callable[[int], None] | None,
) -> None:
    room, empty = carrier.room(), writer.position
    for row in rows:
        packed = pack(row, stores)
        if packed is None:
            result.unreadable.append(row)
            continue
        length, start = packed.length(made_at), writer.position
        tables = 3 * spools.size_bytes + 160 * sum(len(member.name) for member in packed.members)
        if start + length + tables > room:
            if length + empty + tables > room and not result.entries:
                result.too_large.append(row)
                continue
            result.is_full = True
            return
        mark = writer.mark()
        try:
            for member in packed.members:
                writer.add(member)
        except SourceDamagedError:
            writer.rewind(mark)
            result.unreadable.append(row)
            continue
        result.entries.append(WrittenEntry(row, start, length))
        spools.tell(packed, start, length)
        if observe:
            observe(len(result.entries))


def _close(
    writer: ImageWriter, carrier: Carrier, made_at: int, spools: _Spools, result: WrittenVolume
) -> Layout:
    """The tables, the manifest over everything before it, and the seal over both."""
    objects = writer.add_file("objects.csv", spools.objects, spools.objects.tell())
    writer.add_file("catalogue.csv", spools.catalogue, spools.catalogue.tell())
    told = writer.manifest.tell()
    writer.manifest.seek(0)
    hasher = hashlib.sha512()
    while piece := writer.manifest.read(CHUNK_BYTES):
        hasher.update(piece)
    writer.add_file("manifest-sha512.txt", writer.manifest, told)
    facts: Mapping[str, Any] = {
        "volume": carrier.number,
        "made_at": utc_text(carrier.made_at),
        "objects": len(result.entries),
        "manifest_sha512": hasher.hexdigest(),
    }
    seal = sign(SEAL_PURPOSE, canonical_json(facts))
    key = public_key(seal.key_id)
    sealed = {"facts": facts, "seal": seal.as_dict(), "public_key": key.pem if key else ""}
    writer.add_bytes("seal.json", json.dumps(sealed, ensure_ascii=False, indent=1).encode())
    layout = plan_layout(carrier.number, made_at, writer.position, carrier.share_percent, objects)
    return replace(layout, medium=carrier.medium, series=carrier.series)


def not_written(result: WrittenVolume) -> list[tuple[VaultObject, str]]:
    """Objects that did not come onto the volume though it was their turn, and why."""
    told = [(row, _("对象大于一张载体的容量")) for row in result.too_large]
    return told + [(row, _("各存储上都没有完好的副本")) for row in result.unreadable]
