"""Encapsulations good and bad, for tests."""

from pathlib import Path

from lxml import etree

from lantai.core.findings import Outcome
from lantai.packages.api import PackageFile, PackageItem, open_package
from lantai.packages.eep.signing import Signer
from lantai.packages.eep.writing import write_original

NAMESPACE = "http://www.saac.gov.cn/standards/ERM/encapsulation"
METADATA = {
    "M6": "市府办", "M7": "E-0001", "M8": "A001-WS·2024·Y-0001", "M9": "A001", "M11": "2024", "M12": "永久",
    "M22": "关于<㐂>某的\"通知\" & 附件", "M32": "市府办", "M33": "20240301", "M38": "公开", "M43": "2",
}  # fmt: skip


def record(folder: Path, files: dict[str, bytes] | None = None, **metadata: str) -> PackageItem:
    folder.mkdir(exist_ok=True)
    made = []
    for name, data in (files or {"正文.txt": b"text", "附件1.pdf": bytes(range(256)) * 5}).items():
        path = folder / name
        path.write_bytes(data)
        role = "attachment" if made else "body"
        made.append(PackageFile(path, name.encode(), name, role, {}, len(data)))
    return PackageItem(1, {**METADATA, **metadata}, tuple(made))


def original(folder: Path, signer: Signer | None = None, **more) -> Path:
    target = folder / "a.eep"
    write_original(record(folder / "files", **more), target, signer=signer)
    return target


def changed(path: Path, old: str, new: str, count: int = 1) -> Path:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, count), encoding="utf-8", newline="")
    return path


def told(path: Path, outcome: Outcome | None = None) -> dict[str, str]:
    """Codes with what was observed."""
    with open_package(path, "eep") as package:
        list(package.items)
        found = [*package.structure(), *package.findings]
    return {
        finding.code.rpartition(" ")[2]: f"{finding.subject}: {finding.observed}"
        for finding in found
        if outcome is None or finding.outcome is outcome
    }


def reference(element, method="c14n") -> bytes:
    """The canonical form by libxml2, of a document of its own: lxml garbles namespaces within one."""
    alone = etree.fromstring(etree.tostring(element, encoding="utf-8", with_tail=False))
    comments = method == "c14n-comments"
    return etree.tostring(alone, method="c14n", exclusive=method == "exc-c14n", with_comments=comments)
