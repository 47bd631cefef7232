"""What every package kind is read into: a declaration and a stream of items with their files."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal

from lantai.core.findings import Finding

from .workroom import Workroom

if TYPE_CHECKING:
    from tempfile import TemporaryDirectory

Role = Literal["body", "final", "draft", "processing_sheet", "attachment", "page_images"]
"""The part a file plays in its record (正文, 定稿, 草稿, 处理单, 附件, 页面图像)."""


@dataclass(frozen=True, slots=True)
class PackageFile:
    """One file of an item; for ``page_images`` one folder whose pages are listed.

    Attributes:
        path: where the file lies while the package is open.
        name_bytes: its name within the package, byte for byte, ``/`` between folders.
        name: the same name decoded (UTF-8, else GB18030), for people to read.
        role: the part it plays, from the catalogue or guessed from its name.
        declared: digests the sender declared, by algorithm (``sm3``, ``sha256``, …), lower-case hex.
        size_bytes: size of the file, or of all pages together.
        declared_bytes: size the sender declared, if any.
        pages: the page images in order when the role is ``page_images``, else empty.
    """

    path: Path
    name_bytes: bytes
    name: str
    role: Role
    declared: Mapping[str, str]
    size_bytes: int
    declared_bytes: int | None = None
    pages: tuple[Path, ...] = ()

    @property
    def parts(self) -> tuple[Path, ...]:
        """The regular files this stands for: itself, or its page images."""
        return self.pages or (self.path,)


def no_problems() -> Iterator[Finding]:
    """What the package's standard says of an item where it says nothing of single items."""
    yield from ()


@dataclass(frozen=True, slots=True)
class PackageItem:
    """One 件: its description by M-code and its files in order.

    Attributes:
        number: 1-based number of the item in its catalogue, as the clerk sees it.
        row: 1-based row of its catalogue's sheet; 0 where the catalogue is no table.
        metadata: values by M-code (``M22`` is the title), as given, untrimmed.
        extra: values of catalogue columns that have no M-code (公开属性, 门类, …), by column name.
        files: the files found, in the order of the catalogue.
        missing: names the catalogue lists and the package does not hold.
        announced_attachments: number of attachments the description announces, if it does.
        announced_pages: number of pages the description announces, if it does.
        embedded: a second copy of the metadata carried by the item itself, by source name.
        problems: what the package's own standard asks of this item alone; see :attr:`Package.whole`.
    """

    number: int
    metadata: Mapping[str, str]
    files: tuple[PackageFile, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    announced_attachments: int | None = None
    announced_pages: int | None = None
    embedded: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    row: int = 0
    problems: Callable[[], Iterator[Finding]] = no_problems

    @property
    def title(self) -> str:
        """题名."""
        return self.metadata.get("M22", "").strip()

    @property
    def label(self) -> str:
        """The item as a clerk knows it."""
        return f"第{self.number}件《{self.title or '无题名'}》{self.place}"

    @property
    def place(self) -> str:
        """Where in the catalogue it stands, in brackets; empty where the catalogue is no table."""
        return f"（目录第{self.row}行）" if self.row else ""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What the sender says about the package (说明文件). ``None`` means not said.

    Attributes:
        agency: 移交单位.
        items: 总件数.
        bytes: 总字节数, of content files only.
        fonds: 全宗号.
        category: 门类.
        year: 年度, when the whole package is of one year.
        digests: digest of the whole package's content by algorithm (信息包摘要).
        values: every line of the declaration as given.
    """

    agency: str = ""
    items: int | None = None
    bytes: int | None = None
    fonds: str = ""
    category: str = ""
    year: int | None = None
    digests: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)


def no_rules(skip: Container[Path] = ()) -> Iterator[Finding]:  # noqa: ARG001 - as those that have rules
    """The structure of a kind that no standard but the inspection's own says anything about."""
    yield from ()


@dataclass(slots=True)
class Package:
    """A package as read. Iterate ``items`` as often as needed; close it to remove what was unpacked.

    What is wrong with the package itself is in ``findings``, so that a hostile or broken package
    ends in a report and not in an error page. Their codes are the inspection's to fill in.

    Attributes:
        kind: key of its kind (:mod:`.kinds`); ``unreadable`` when nothing could be read.
        root: folder the package lies in.
        declaration: what the sender says about it.
        items: its items; iterating again reads the catalogue again.
        stray_files: files that no item lists.
        findings: what is wrong with the package as a package.
        listing: every regular file but the declaration, by its name within the package; what a
            declared digest of the whole package covers.
        unpacked: the temporary folder, when an archive was unpacked.
        structure: what the package's own standard asks of it, streamed: findings other than a pass,
            made by :func:`.problems.structural`. Every stage runs it.
        whole: the part of ``structure`` that is about no single item, where items tell theirs in
            ``PackageItem.problems``: one broken message then goes back alone. ``None`` where the
            standard is about the package.
        fixity: the same for digests the package declares of its files, each read once;
            ``fixity(skip)`` leaves out paths whose ``PackageFile.declared`` is compared with what
            an examination computes.
        payload: what an envelope carries, read as the kind it is.
        workroom: where files that stand inside other files are taken out to, for kinds that do so.
        on_carrier: whether it came on an offline carrier (离线载体), though it is of another kind.
        beside_carrier: whether a carrier was handed over too, from which nothing was read.
    """

    kind: str
    root: Path
    declaration: Declaration
    items: Iterable[PackageItem]
    stray_files: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    listing: Mapping[bytes, Path] = field(default_factory=dict)
    unpacked: TemporaryDirectory[str] | None = None
    structure: Callable[[], Iterator[Finding]] = no_rules
    whole: Callable[[], Iterator[Finding]] | None = None
    fixity: Callable[[Container[Path]], Iterator[Finding]] = no_rules
    payload: Package | None = None
    workroom: Workroom | None = None
    on_carrier: bool = False
    beside_carrier: bool = False

    def __iter__(self) -> Iterator[PackageItem]:
        return iter(self.items)

    def __enter__(self) -> Package:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def keep_taken_out(self, folder: Path) -> None:
        """Keeps files that stand inside other files in this folder, beyond closing; before reading."""
        if self.workroom is not None:
            self.workroom.keep_in(folder)

    def close(self) -> None:
        """Removes what was unpacked for reading; a folder that was given is left alone."""
        if self.unpacked is not None:
            self.unpacked.cleanup()
            self.unpacked = None
        if self.workroom is not None:
            self.workroom.close()
