"""Packages of kind ``mail``: messages (EML) and boxes of them (mbox), alone or in folders (DA/T 32).

One message is one item, its body the message itself, byte for byte; a message from a box is written
out first, unquoted. What came along with it is listed, not taken apart: the message holds it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import tee
from pathlib import Path

from lantai.core.findings import Finding, Outcome
from lantai.core.temporary import unpacking_folder
from lantai.formats.api import (
    INCOMPLETE_MESSAGE,
    UNREADABLE_MESSAGE,
    MessageDefect,
    MessageFacts,
    decode_name,
    is_mbox,
    read_messages,
    split_mbox,
)

from .kinds import Kind
from .listing import list_files
from .package import Declaration, Package, PackageFile, PackageItem
from .problems import structural, unopened

_SUFFIXES = frozenset({".eml", ".mbox", ".mbx"})
_MAILDIR = frozenset({"cur", "new"})
_CLAUSE = "DA/T 32-2021"
UNREAD = "DA/T 32-2021"
_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class Letter:
    """Where one message lies while the package is open, and its name within the package."""

    path: Path
    name_bytes: bytes

    @property
    def name(self) -> str:
        """The name for people."""
        return decode_name(self.name_bytes)


@dataclass(eq=False)
class Letters:
    """The messages of a package, described as they are iterated; boxes are split once, on opening."""

    letters: list[Letter] = field(default_factory=list)
    _split: Path | None = None

    def __iter__(self) -> Iterator[PackageItem]:
        for number, (letter, facts) in enumerate(self.read(), 1):
            yield _item(number, letter, facts)

    def read(self) -> Iterator[tuple[Letter, MessageFacts]]:
        """Each message with what it says of itself, read in the pool."""
        kept, asked = tee(self.letters)
        return zip(kept, read_messages(letter.path for letter in asked), strict=True)

    def structure(self) -> Iterator[Finding]:
        """What RFC 5322 and MIME ask of each message."""
        for letter, facts in self.read():
            yield from _findings(letter.name, facts)
        yield from self.whole()

    def whole(self) -> Iterator[Finding]:
        """What is asked of all of them together."""
        if not self.letters:
            yield structural(
                "RFC 4155", _CLAUSE, "", "至少一封邮件", "没有邮件", "请重新导出 EML 或 mbox 文件。"
            )

    def add(self, path: Path, name_bytes: bytes) -> None:
        """Takes a message, or every message of a box."""
        if path.stat().st_size and is_mbox(path):
            self.letters += self._split_box(path, name_bytes)
        else:
            self.letters.append(Letter(path, name_bytes))

    def _split_box(self, path: Path, name_bytes: bytes) -> Iterator[Letter]:
        folder = Path(tempfile.mkdtemp(dir=self._workspace()))
        count, output = 0, None
        try:
            for line in split_mbox(path):
                if line.begins or output is None:
                    if output:
                        output.close()
                    count += 1
                    target = folder / f"{count:06d}.eml"
                    output = target.open("wb")
                    yield Letter(target, name_bytes + b"/" + target.name.encode())
                output.write(line.data)
        finally:
            if output:
                output.close()

    def _workspace(self) -> Path:
        """A folder that goes when nobody reads these messages any more."""
        if self._split is None:
            self._split = Path(tempfile.mkdtemp(dir=unpacking_folder(), prefix="mail-"))
            weakref.finalize(self, shutil.rmtree, self._split, ignore_errors=True)
        return self._split


def recognises(path: Path) -> bool:
    """A message or box, or a folder with nothing else in it (a maildir too)."""
    if path.is_file():
        return path.suffix.lower() in _SUFFIXES or (path.stat().st_size > 0 and is_mbox(path))
    found = False
    for entry in _first_files(path):
        if entry.suffix.lower() not in _SUFFIXES and entry.parent.name not in _MAILDIR:
            return False
        found = True
    return found


def _first_files(root: Path) -> Iterable[Path]:
    count = 0
    for folder, _folders, names in os.walk(root):
        for name in names:
            count += 1
            if count > _LOOKED_AT:
                return
            yield Path(folder) / name


def read_mail(root: Path) -> Package:
    """Reads messages; what is wrong with one stands in the structure, nothing is raised."""
    letters = Letters()
    listing: Mapping[bytes, Path] = {os.fsencode(root.name): root}
    findings: list[Finding] = []
    if not root.is_file():
        files = list_files(root)
        listing = files.paths()
        findings = [*map(unopened, files.unsafe)]
    for name_bytes, path in listing.items():
        letters.add(path, name_bytes)
    return Package(
        "mail",
        root,
        Declaration(),
        letters,
        findings=tuple(findings),
        listing={letter.name_bytes: letter.path for letter in letters.letters},
        structure=letters.structure,
        whole=letters.whole,
    )


def _item(number: int, letter: Letter, facts: MessageFacts) -> PackageItem:
    """One message, described by the elements of DA/T 46 and, in its own words, of DA/T 32."""
    file = PackageFile(letter.path, letter.name_bytes, letter.name, "body", {}, letter.path.stat().st_size)
    metadata = {
        "M22": facts.subject or "（无主题）",
        "M32": "；".join(facts.senders),
        "M33": facts.sent_at[:10],
        "M11": facts.sent_at[:4],
        "M36": "；".join(facts.to),
        "M37": "；".join(facts.cc),
    }
    extra = {
        "门类": "YJ",
        "发件人": metadata["M32"],
        "收件人": metadata["M36"],
        "抄送": metadata["M37"],
        "密送": "；".join(facts.bcc),
        "主题": facts.subject,
        "发送时间": facts.sent_at,
        "邮件标识": facts.message_id,
        "答复的邮件": "；".join(facts.in_reply_to),
        "引用的邮件": "；".join(facts.references),
        "会话": facts.thread,
        "附件": "；".join(
            f"{found.name or '（无名）'}（{found.media_type}，{found.size_bytes} 字节，SHA-256 {found.sha256}）"
            for found in facts.attachments
        ),
        "附件个数": str(len(facts.attachments)),
    }
    return PackageItem(
        number,
        metadata,
        (file,),
        {name: value for name, value in extra.items() if value},
        problems=partial(_findings, letter.name, facts),
    )


def _findings(name: str, facts: MessageFacts) -> Iterator[Finding]:
    if facts.problem:
        yield structural(UNREAD, _CLAUSE, name, "能够读取的邮件", facts.problem, "请从邮件系统重新导出。")
    for key, where in facts.defects:
        defect = MessageDefect(key, where)
        fatal = key in UNREADABLE_MESSAGE | INCOMPLETE_MESSAGE
        yield structural(
            defect.clause,
            _CLAUSE,
            f"{name}（{where}）" if where else name,
            "合乎标准的邮件",
            defect.said,
            "请从邮件系统重新导出该邮件。" if fatal else "邮件仍可读取；如能重新导出，请重新导出。",
            Outcome.FAIL if fatal else Outcome.WARN,
        )


KIND = Kind("mail", "电子邮件", recognises, read_mail, takes_files=True, stage="structure")
