"""The packages agencies send in the demo: good ones, and one for every fault a clerk meets."""

from __future__ import annotations

import io
import random
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pikepdf

from lantai.packages.api import FileToWrite, ItemToWrite, write_folder_package

from . import papers, typeset
from .matters import Matter, compose
from .region import Agency, agencies, agency
from .specials import Special, specials, write_special

Columns = dict[str, str | int]


@dataclass(frozen=True, slots=True)
class Parcel:
    """A package to be sent.

    Attributes:
        key: its name, also the idempotency key.
        title: what the clerk calls it.
        fault: what is wrong with it on purpose, empty when nothing is.
        described: what its sender says of every item in it.
    """

    key: str
    agency: Agency
    title: str
    write: Callable[[Path, Path, random.Random], None]
    fault: str = ""
    described: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sheaf:
    """The papers of one matter as they are put into a package."""

    matter: Matter
    item: ItemToWrite


def parcels() -> list[Parcel]:
    """Everything that is sent, in the order in which it is sent."""
    found: list[Parcel] = []
    for body in agencies():
        for year, number in ((2024, 12), (2011, 6), (2003, 6)):
            found.append(_electronic(body, year, number))
    found += [_scanned(body, max(body.since, 1949), 4, "jpg") for body in agencies()[:6]]
    found.append(_scanned(agency("PAZFB"), 1949, 3, "tif"))
    return found + _special(agency("DYSWJ")) + _faulty()


def write_parcels(
    folder: Path, every: Sequence[Parcel], told: Callable[[int, int], None]
) -> list[tuple[Parcel, Path]]:
    """Writes every package that is not there yet.

    Args:
        folder: where they are kept; a package once written is not written again.
        every: the packages.
        told: called with how many are done, and how many there are.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: list[tuple[Parcel, Path]] = []
    for place, parcel in enumerate(every, 1):
        target = folder / f"{parcel.key}.zip"
        if not target.exists():
            loose = folder / f"{parcel.key}.papers"
            shutil.rmtree(loose, ignore_errors=True)
            shutil.rmtree(target.with_suffix(".writing"), ignore_errors=True)
            loose.mkdir()
            parcel.write(loose, target, random.Random(parcel.key))
            shutil.rmtree(loose)
        written.append((parcel, target))
        told(place, len(every))
    return written


def _electronic(body: Agency, year: int, number: int) -> Parcel:
    def write(loose: Path, target: Path, chance: random.Random) -> None:
        sheaves = list(_sheaves(body, year, number, loose, chance))
        write_folder_package(target, [sheaf.item for sheaf in sheaves], declaration_of(body, year))

    return Parcel(f"{body.code}-{year}", body, f"{body.name_in(year)} {year} 年公文", write)


def _special(body: Agency) -> list[Parcel]:
    """What one agency keeps besides papers."""

    def parcel(special: Special) -> Parcel:
        def write(loose: Path, target: Path, chance: random.Random) -> None:
            write_special(special, loose, target, chance, body.name)

        return Parcel(f"{body.code}-{special.key}", body, special.title, write, described=special.described)

    return [parcel(special) for special in specials()]


def _scanned(body: Agency, year: int, number: int, kind: str) -> Parcel:
    def write(loose: Path, target: Path, chance: random.Random) -> None:
        items = []
        for serial in range(number):
            matter = replace(compose(body, year, serial, chance), sheet=False, attachments=())
            images = papers.page_images(matter, chance)
            files = tuple(
                _save(loose, f"{serial + 1:04d}/{page:04d}.{kind}", papers.encode(image, kind))
                for page, image in enumerate(images, 1)
            )
            items.append(
                ItemToWrite(columns_of(matter, pages=len(images)), files, folder=f"{serial + 1:04d}")
            )
        write_folder_package(target, items, declaration_of(body, year), catalogue="csv", charset="gb18030")

    return Parcel(f"{body.code}-{year}", body, f"{body.name_in(year)} {year} 年档案数字化成果", write)


def declaration_of(body: Agency, year: int) -> Columns:
    """The lines of 说明文件."""
    return {"移交单位": body.name, "全宗号": body.fonds, "门类": "WS", "年度": year}


def columns_of(matter: Matter, *, pages: int) -> Columns:
    """The catalogue columns of a matter."""
    return {
        "题名": matter.title,
        "责任者": matter.body,
        "日期": f"{matter.day:%Y%m%d}",
        "文号": matter.number,
        "年度": matter.day.year,
        "保管期限": matter.retention,
        "密级": "公开",
        "公开属性": matter.disclosure,
        "机构或问题": matter.unit,
        "页数": pages,
        "附件数": len(matter.attachments),
        "主送": matter.receiver,
    }


def _save(loose: Path, name: str, content: bytes) -> FileToWrite:
    path = loose / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return FileToWrite(path, name)


def _sheaves(body: Agency, year: int, number: int, loose: Path, chance: random.Random) -> Iterator[Sheaf]:
    for serial in range(number):
        yield _sheaf(compose(body, year, serial, chance), serial, loose, chance)


def _sheaf(matter: Matter, serial: int, loose: Path, chance: random.Random) -> Sheaf:
    """Body first, then what belongs to it; every seventh body is OFD, every ninth DOCX besides."""
    folder = f"{serial + 1:04d}"
    if serial % 7 == 6:
        body, pages = papers.ofd(matter), 1
        files = [_save(loose, f"{folder}/正文.ofd", body)]
    else:
        body = typeset.official(matter)
        pages = page_count(body)
        files = [_save(loose, f"{folder}/正文.pdf", body)]
    if serial % 9 == 8:
        files.append(_save(loose, f"{folder}/定稿.docx", papers.word(matter)))
    if matter.sheet:
        files.append(_save(loose, f"{folder}/处理单.pdf", typeset.processing_sheet(matter, chance)))
    for place, name in enumerate(matter.attachments, 1):
        content = typeset.attachment(matter, place, chance)
        files.append(_save(loose, f"{folder}/附件{place} {name}.pdf", content))
    return Sheaf(matter, ItemToWrite(columns_of(matter, pages=pages), tuple(files)))


def page_count(pdf: bytes) -> int:
    """Pages of a PDF."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return len(document.pages)


def _faulty() -> list[Parcel]:
    body = agency("DYSWJ")
    return [
        Parcel(f"{body.code}-fault-{name}", body, title, _fault(body, change, place), fault=title)
        for place, (name, title, change) in enumerate(
            (
                ("digest", "数字摘要与文件不符", _wrong_digest),
                ("attachments", "写明附件 3 个，只有 2 个", _missing_attachment),
                ("sequence", "件号跳号", _skipped_number),
                ("mojibake", "题名乱码", _mojibake),
                ("encrypted", "PDF 有打开口令", _encrypted),
                ("virus", "含有病毒（EICAR 测试文件）", _virus),
                ("secret", "标有密级的文件", _secret),
            )
        )
    ]


Change = Callable[[list[Sheaf], Path], list[ItemToWrite]]


def _fault(body: Agency, change: Change, place: int) -> Callable[[Path, Path, random.Random], None]:
    def write(loose: Path, target: Path, chance: random.Random) -> None:
        first = 100 + 20 * place
        matters = [compose(body, 2025, first + serial, chance) for serial in range(12)]
        chosen = next(matter for matter in matters if len(matter.attachments) == 3)
        sheaves = [
            _sheaf(replace(chosen, sheet=True), 0, loose, chance),
            _sheaf(next(matter for matter in matters if matter is not chosen), 1, loose, chance),
        ]
        write_folder_package(target, change(sheaves, loose), declaration_of(body, 2025))

    return write


def _wrong_digest(sheaves: list[Sheaf], _loose: Path) -> list[ItemToWrite]:
    first, second = (sheaf.item for sheaf in sheaves)
    return [
        replace(first, columns={**first.columns, "数字摘要": f"{first.files[0].name}=sm3:{'0' * 64}"}),
        second,
    ]


def _missing_attachment(sheaves: list[Sheaf], _loose: Path) -> list[ItemToWrite]:
    first, second = (sheaf.item for sheaf in sheaves)
    return [replace(first, files=first.files[:-1]), second]


def _skipped_number(sheaves: list[Sheaf], _loose: Path) -> list[ItemToWrite]:
    return [
        replace(
            sheaf.item,
            columns={**sheaf.item.columns, "保管期限": "永久", "机构或问题": "BGS", "件号": number},
        )
        for sheaf, number in zip(sheaves, (1, 3), strict=True)
    ]


def _mojibake(sheaves: list[Sheaf], _loose: Path) -> list[ItemToWrite]:
    first, second = (sheaf.item for sheaf in sheaves)
    broken = str(first.columns["题名"]).encode("gb18030").decode("utf-8", errors="replace")
    return [replace(first, columns={**first.columns, "题名": broken}), second]


def _encrypted(sheaves: list[Sheaf], _loose: Path) -> list[ItemToWrite]:
    path = sheaves[0].item.files[0].source
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        document.save(path, encryption=pikepdf.Encryption(owner="lantai", user="lantai"))
    return [sheaf.item for sheaf in sheaves]


def _virus(sheaves: list[Sheaf], loose: Path) -> list[ItemToWrite]:
    marker = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!" + "$H+H*"
    first, second = (sheaf.item for sheaf in sheaves)
    file = _save(loose, "0001/附件4 说明.txt", marker.encode("ascii"))
    columns = {**first.columns, "附件数": 4}
    return [replace(first, columns=columns, files=(*first.files, file)), second]


def _secret(sheaves: list[Sheaf], _loose: Path) -> list[ItemToWrite]:
    first, second = (sheaf.item for sheaf in sheaves)
    return [replace(first, columns={**first.columns, "密级": "机密", "保密期限": "20年"}), second]
