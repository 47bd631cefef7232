"""GD-1-13, 3-5, 3-8, 4-3: the tree of a package, its formats as a whole, the carrier it came on."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

from lantai.formats.api import accepted_names, identify_in_pool, is_accepted, longterm_verdicts

from ..registry import Observations, await_person, fail, not_applicable, package_check, warn
from ..subjects import PackageSubject

_SHOWN = 20
_FORBIDDEN = frozenset('<>:"|?*\\')
_LITTER = frozenset({"thumbs.db", ".ds_store", "desktop.ini"})
_LONGEST_NAME_BYTES = 255
_MOST_IDENTIFIED = 2000


@package_check("auth.pkg.layout")
def check_layout(subject: PackageSubject) -> Observations:
    """GD-1-13: the tree can be laid out again on any system; what a kind asks is ``int.pkg.structure``."""
    names = subject.package.listing
    if not names:
        yield not_applicable("目录结构", "信息包不是目录树")
        return
    seen: dict[str, bytes] = {}
    for name in sorted(names):
        folded = unicodedata.normalize("NFC", name.decode("utf-8", "surrogateescape")).casefold()
        if folded in seen:
            pair = f"{_shown(seen[folded])} 与 {_shown(name)}"
            remedy = "两个名称在 Windows 上是同一个：请改名后重新提交。"
            yield fail(_shown(name), "同一目录下名称不重复", pair, remedy)
        seen[folded] = name
    odd = [f"{_shown(name)}（{why}）" for name in sorted(names) if (why := _unfit(name))]
    if odd:
        shown = "、".join(odd[:_SHOWN])
        observed = f"{shown}等 {len(odd)} 个" if len(odd) > _SHOWN else shown
        yield warn("目录结构", "名称在各种系统上都能用，没有系统垃圾文件", observed, "请改名或删除这些文件。")


@package_check("use.content.longterm")
def check_longterm(subject: PackageSubject) -> Observations:
    """GD-3-5: formats last; files that only say they conform await a validator or a person."""
    if not subject.formats:
        yield not_applicable("文件格式", "没有可归档的文件")
    for (name, longterm), count in sorted(subject.formats.items()):
        if not longterm:
            yield warn(
                name,
                f"长期保存格式：{accepted_names(longterm=True)}",
                f"{count} 个文件",
                "可以归档；入馆前将转换为长期保存格式，原件同时保留。",
            )
    for name, paths in sorted(subject.claims.items()):
        broken, unknown = longterm_verdicts(name, paths)
        for path, why in broken:
            remedy = "请由形成系统重新转换为合格的长期保存格式。"
            yield fail(_within(path, subject), f"符合其自称的 {name}", why, remedy)
        if unknown:
            observed = f"{unknown} 个文件自称 {name}，没有经验证工具核实"
            remedy = "请用 veraPDF 或 OFD 验证工具核实后签署；安装 veraPDF 后可自动核实 PDF/A。"
            yield await_person(name, f"经验证符合 {name}", observed, remedy)


@package_check("use.pkg.format")
def check_stray_formats(subject: PackageSubject) -> Observations:
    """GD-3-8: files the catalogue does not list are of formats that may be archived, too."""
    listed = {name.decode("utf-8", "surrogateescape"): path for name, path in subject.package.listing.items()}
    strays = [(name, listed[name]) for name in subject.package.stray_files if name in listed]
    if not strays:
        yield not_applicable("信息包", "没有列在目录之外的文件；目录中的文件见内容数据格式检测")
        return
    found = identify_in_pool([path for _name, path in strays[:_MOST_IDENTIFIED]])
    for (name, _path), identification in zip(strays, found, strict=False):
        if not is_accepted(identification):
            yield warn(
                name, f"可归档的格式：{accepted_names()}", identification.name, "请从信息包中删除该文件。"
            )


@package_check("sec.media.extra")
def check_carrier_files(subject: PackageSubject) -> Observations:
    """GD-4-3: nothing lies on the carrier that its catalogue does not list.

    Where a carrier is handed over beside what was sent within the platform, nothing was read from it:
    whoever receives it looks at it by hand (GD-4-4 to 4-6 are theirs), and this check says why it saw nothing.
    """
    if subject.package.beside_carrier:
        yield not_applicable(
            "载体", "文件由平台内直接移交，没有从载体读取；载体上有无多余文件，请接收人在载体上核对"
        )
        return
    for name in subject.package.stray_files[:_SHOWN]:
        remedy = "请核对载体：多余的文件应当删除，应归的请登记到目录。"
        yield fail(name, "载体中的文件都已登记", "没有登记", remedy)
    more = len(subject.package.stray_files) - _SHOWN
    if more > 0:
        yield fail("载体", "载体中的文件都已登记", f"另有 {more} 个没有登记", "请逐个核对。")


def _unfit(name: bytes) -> str:
    return next(_faults(name), "")


def _faults(name: bytes) -> Iterator[str]:
    text = name.decode("utf-8", "surrogateescape")
    for part in text.split("/"):
        if part.lower() in _LITTER:
            yield "系统垃圾文件"
        if _FORBIDDEN & set(part):
            yield "含有 Windows 不允许的字符"
        if part != part.rstrip(" ."):
            yield "以空格或句点结尾"
        if len(part.encode("utf-8", "surrogateescape")) > _LONGEST_NAME_BYTES:
            yield "名称过长"


def _shown(name: bytes) -> str:
    return name.decode("utf-8", "replace")


def _within(path: Path, subject: PackageSubject) -> str:
    return (
        str(path.relative_to(subject.package.root))
        if path.is_relative_to(subject.package.root)
        else path.name
    )
