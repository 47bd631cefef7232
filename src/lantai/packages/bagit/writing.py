"""Writing bags of version 1.0, or of a draft where its reader knows no other, with SHA-512 and SHA-256 manifests."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from lantai import __version__
from lantai.core.digests import copy_with_digests
from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.formats.api import decode_name

from ..listing import list_files
from ..package import Package
from ..placement import folder_for
from .contents import PAYLOAD
from .declaration import NAME as DECLARATION
from .rules import FIRST_FINAL, VERSIONS, Rules, Version

ALGORITHMS = ("sha256", "sha512")
VERSION_LABEL = "BagIt-Version"
VERSION_NAMES = tuple(f"{major}.{minor}" for major, minor in sorted(VERSIONS))
_RECOUNTED = frozenset({"payload-oxum", "bagging-date", "bag-size", "bag-software-agent"})
_FOLDED = str.maketrans("\r\n", "  ")


def write_bag(package: Package, target: Path, options: Mapping[str, str]) -> list[str]:
    """Makes a bag whose payload is the package as it lies, file by file.

    Args:
        package: any package; of a bag, the payload is bagged anew.
        target: folder to make, or a ZIP with the bag in it where the name ends in ``.zip``.
        options: further elements of ``bag-info.txt``, by label; ``BagIt-Version`` asks for a version.

    Raises:
        Invalid: there is no such version.
    """
    rules = _rules(options.get(VERSION_LABEL, ""))
    with folder_for(target) as folder:
        inside = folder / target.stem if target.suffix.lower() == ".zip" else folder
        return _write(package, inside, options, rules)


def _rules(version: str) -> Rules:
    """What the bag is to be held to; by default the standard."""
    if version and version not in VERSION_NAMES:
        raise Invalid(
            _("没有 BagIt %(version)s 版。") % {"version": version},
            remedy=_("可用：%(versions)s。") % {"versions": "、".join(VERSION_NAMES)},
        )
    return Rules(next((known for known in VERSIONS if _name(known) == version), FIRST_FINAL))


def _name(version: Version) -> str:
    return f"{version[0]}.{version[1]}"


def _write(package: Package, target: Path, options: Mapping[str, str], rules: Rules) -> list[str]:
    lost: list[str] = []
    manifests: dict[str, list[str]] = {algorithm: [] for algorithm in ALGORITHMS}
    size_bytes = files = 0
    (target / PAYLOAD).mkdir(parents=True)
    for source, name_bytes in _payload(package):
        name = decode_name(name_bytes)
        if os.fsencode(name) != name_bytes:
            lost.append(f"文件名的原始字节：“{name}”改以 UTF-8 保存。")
        copy = target / PAYLOAD / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        digests = copy_with_digests(source, copy)
        for algorithm in ALGORITHMS:
            manifests[algorithm].append(
                f"{getattr(digests, algorithm)}  {_written(f'{PAYLOAD}/{name}', rules)}\n"
            )
        size_bytes += digests.size_bytes
        files += 1
    tags = {f"manifest-{algorithm}.txt": "".join(lines) for algorithm, lines in manifests.items()}
    tags[DECLARATION] = f"{VERSION_LABEL}: {_name(rules.version)}\nTag-File-Character-Encoding: UTF-8\n"
    tags[rules.info_name] = _info(package, options, f"{size_bytes}.{files}")
    for name, text in tags.items():
        (target / name).write_text(text, encoding="utf-8", newline="\n")
    for algorithm in ALGORITHMS:
        lines = (f"{_digest(algorithm, text)}  {name}\n" for name, text in sorted(tags.items()))
        path = target / f"tagmanifest-{algorithm}.txt"
        path.write_text("".join(lines), encoding="utf-8", newline="\n")
    return lost


def _payload(package: Package) -> Iterator[tuple[Path, bytes]]:
    """Every regular file of the package; nothing that lies behind a link."""
    root = package.payload.root if package.payload else package.root
    if package.kind == "bagit" and not package.payload:
        root = package.root / PAYLOAD
    if root.is_file():
        yield root, os.fsencode(root.name)
        return
    for entry in list_files(root).files.values():
        yield entry.path, entry.name_bytes


def _info(package: Package, options: Mapping[str, str], oxum: str) -> str:
    kept = package.declaration.values if package.kind == "bagit" and not package.payload else {}
    elements = {label: value for label, value in kept.items() if label.lower() not in _RECOUNTED}
    if package.declaration.agency:
        elements.setdefault("Source-Organization", package.declaration.agency)
    elements |= {label: value for label, value in options.items() if label != VERSION_LABEL}
    elements |= {
        "Bagging-Date": f"{date.today():%Y-%m-%d}",  # noqa: DTZ011 - the day where it is bagged
        "Bag-Software-Agent": f"lantai {__version__}",
        "Payload-Oxum": oxum,
    }
    return "".join(f"{label}: {value.translate(_FOLDED)}\n" for label, value in elements.items())


def _written(name: str, rules: Rules) -> str:
    """A path as a manifest has it: line ends encoded; the percent sign since 1.0 (RFC 8493, 2.1.3)."""
    plain = name.replace("%", "%25") if rules.is_final else name
    return plain.replace("\r", "%0D").replace("\n", "%0A")


def _digest(algorithm: str, text: str) -> str:
    return hashlib.new(algorithm, text.encode("utf-8")).hexdigest()
