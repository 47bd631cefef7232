"""The folders of an E-ARK package (CSIPSTR), and what METS must say because of what lies in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lantai.core.findings import Finding, Outcome

from ..problems import structural
from ..rules import kind_data
from .document import METS_NAME, Mets
from .rules import finding

METADATA, DESCRIPTIVE, PRESERVATION = "metadata", "descriptive", "preservation"
REPRESENTATIONS, DATA, SCHEMAS, DOCUMENTATION = "representations", "data", "schemas", "documentation"
_REMEDY = "请按 E-ARK CSIP 第 4 章调整文件夹后重新打包。"
_GROUPS = (
    ("CSIP60", "Documentation", DOCUMENTATION),
    ("CSIP113", "Schemas", SCHEMAS),
    ("CSIP114", "Representations", REPRESENTATIONS),
)


def structure_finding(code: str, outcome: Outcome, subject: str, expected: str, observed: str) -> Finding:
    """A finding about the folders."""
    return structural(code, kind_data("eark")["standard"], subject, expected, observed, _REMEDY, outcome)


def check_layout(root: Path) -> Iterator[Finding]:
    """What the folders lack that CSIPSTR recommends."""
    inside = [path for path in sorted(root.iterdir()) if path.is_dir()]
    names = {path.name for path in inside}
    own = {path.name for path in (root / METADATA).iterdir()} if METADATA in names else set()
    representations = _subfolders(root / REPRESENTATIONS)
    all_names = names.union(*(_names(path) for path in representations))
    for code, held, name, holder in (
        ("CSIPSTR5", METADATA in names, METADATA, "信息包"),
        ("CSIPSTR6", METADATA not in names or PRESERVATION in own, PRESERVATION, METADATA),
        ("CSIPSTR7", METADATA not in names or DESCRIPTIVE in own, DESCRIPTIVE, METADATA),
        ("CSIPSTR9", REPRESENTATIONS in names, REPRESENTATIONS, "信息包"),
        ("CSIPSTR15", SCHEMAS in all_names, SCHEMAS, "信息包或表现"),
        ("CSIPSTR16", DOCUMENTATION in all_names, DOCUMENTATION, "信息包或表现"),
    ):
        if not held:
            yield structure_finding(code, Outcome.WARN, name, f"{holder}文件夹中宜有文件夹 {name}", "没有")
    if REPRESENTATIONS in names and not representations:
        expected = "每个表现宜有自己的文件夹"
        yield structure_finding("CSIPSTR10", Outcome.WARN, REPRESENTATIONS, expected, "其中没有文件夹")
    for path in representations:
        yield from _check_representation(path)


def _check_representation(path: Path) -> Iterator[Finding]:
    names = _names(path)
    for code, name in (("CSIPSTR11", DATA), ("CSIPSTR12", METS_NAME), ("CSIPSTR13", METADATA)):
        if name not in names:
            where = f"{REPRESENTATIONS}/{path.name}"
            yield structure_finding(code, Outcome.WARN, where, f"表现文件夹中宜有 {name}", "没有")


def check_presence(mets: Mets) -> Iterator[Finding]:
    """What METS must describe because files of that sort lie beside it."""
    descriptive = has_files(mets.folder / METADATA / DESCRIPTIVE)
    preservation = has_files(mets.folder / METADATA / PRESERVATION)
    yield from _check_descriptive(mets, descriptive)
    yield from _check_administrative(mets, preservation)
    if not mets.select("m:fileSec"):
        return
    uses = [group.get("USE", "") for group in mets.select("m:fileSec/m:fileGrp")]
    for code, use, folder in _GROUPS:
        if not any(name == use or name.startswith(f"{use}/") for name in uses):
            outcome = Outcome.FAIL if has_files(mets.folder / folder) else Outcome.WARN
            if mets.is_root or outcome is Outcome.FAIL:
                yield finding(mets, code, outcome, "fileSec", f"有用途为 {use} 的文件组", "没有")


def _check_descriptive(mets: Mets, has_files_there: bool) -> Iterator[Finding]:
    sections = mets.select("m:dmdSec")
    where = f"{METADATA}/{DESCRIPTIVE}"
    if not sections:
        outcome = Outcome.FAIL if has_files_there else Outcome.WARN
        observed = f"没有 dmdSec，而 {where} 中有文件" if has_files_there else "没有 dmdSec"
        yield finding(mets, "CSIP17", outcome, "mets", "以 dmdSec 说明描述元数据", observed)
    elif not has_files_there and mets.is_root:
        yield finding(mets, "CSIP17", Outcome.WARN, "dmdSec", f"{where} 中宜有描述元数据文件", "其中没有文件")
    without = [section for section in sections if section.find("{*}mdRef") is None]
    if without:
        linked = len(without) < len(sections)
        outcome = Outcome.FAIL if has_files_there and not linked else Outcome.WARN
        yield finding(mets, "CSIP21", outcome, "dmdSec", "dmdSec 以 mdRef 指向描述元数据文件", "没有 mdRef")


def _check_administrative(mets: Mets, has_files_there: bool) -> Iterator[Finding]:
    where = f"{METADATA}/{PRESERVATION}"
    if not mets.select("m:amdSec"):
        outcome = Outcome.FAIL if has_files_there else Outcome.WARN
        observed = f"没有 amdSec，而 {where} 中有文件" if has_files_there else "没有 amdSec"
        yield finding(mets, "CSIP31", outcome, "mets", "以 amdSec 说明管理元数据", observed)
    elif not has_files_there and mets.is_root:
        yield finding(mets, "CSIP31", Outcome.WARN, "amdSec", f"{where} 中宜有保存元数据文件", "其中没有文件")
    if has_files_there and not mets.select("m:amdSec/m:digiprovMD"):
        expected = "每个 PREMIS 文件有一个 digiprovMD"
        yield finding(mets, "CSIP32", Outcome.WARN, "amdSec", expected, "没有 digiprovMD")


def has_files(folder: Path) -> bool:
    """Whether there is a file below the folder; hidden ones (``.gitkeep``) do not count."""
    return folder.is_dir() and any(
        path.is_file() and not path.name.startswith(".") for path in folder.rglob("*")
    )


def _subfolders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}
