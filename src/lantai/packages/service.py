"""Packages of kind ``service``: government-service matters, one matter one record (DA/T 85, GB/T 42727)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from lantai.core.dates import parse_date
from lantai.core.errors import Invalid
from lantai.core.findings import Finding

from .described import Described, read_described, recognises
from .described_again import writer_of
from .described_first import describe_matter
from .kinds import Kind
from .package import Package
from .rules import Rules, kind_data
from .xmltree import Node

ELEMENT = "政务服务事项"
CATEGORY = "ZY"
_JOINT = "；"


@cache
def matter_types() -> Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Steps and papers a finished matter has to show, by its type."""
    return {
        row["name"]: (tuple(row["steps"]), tuple(row["materials"])) for row in kind_data("service")["type"]
    }


def steps_of(node: Node) -> list[Node]:
    """The steps of a matter in order."""
    process = node.child("办理过程")
    return process.all("环节") if process else []


def process_metadata(node: Node) -> dict[str, str]:
    """The process as elements of DA/T 46: the last step as the act (M81, M82), all of them as its account (M84)."""
    steps = steps_of(node)
    if not steps:
        return {}
    last = steps[-1].attributes
    return {
        "M80": "历史行为",
        "M81": last.get("名称", ""),
        "M82": last.get("时间", ""),
        "M83": last.get("依据", ""),
        "M84": _JOINT.join(_told(step) for step in steps),
    }


def _told(step: Node) -> str:
    values = (step.attributes.get(name, "") for name in ("名称", "时间", "机构", "人员", "结果"))
    return " ".join(filter(None, (*values, step.text)))


def check_matter(found: Described, rules: Rules) -> Iterator[Finding]:
    """The matter names itself and its applicant, and shows the steps and papers of its type."""
    node = found.node or Node(ELEMENT)
    for name in ("事项编码", "事项名称", "办件编号"):
        if not node.attributes.get(name):
            yield rules.fail("filled", found.name, f"有“{name}”", "没有或为空", f"请补上“{name}”。")
    applicant = node.child("申请人")
    if applicant is None or not applicant.attributes.get("名称"):
        yield rules.fail("filled", found.name, "有“申请人”及其名称", "没有", "请补上申请人。")
    if node.child("结果") is None:
        yield rules.fail("filled", found.name, "有“结果”", "没有", "办结后再归档，并写明办理结果。")
    kind = node.attributes.get("事项类型", "")
    if kind not in matter_types():
        known = "、".join(matter_types())
        yield rules.fail("type", found.name, f"事项类型：{known}", kind or "没有", "请改为列出的类型。")
        return
    yield from _complete(node, found, rules, kind)
    yield from _in_order(node, found, rules)


def _complete(node: Node, found: Described, rules: Rules, kind: str) -> Iterator[Finding]:
    steps, materials = matter_types()[kind]
    taken = {step.attributes.get("名称", "") for step in steps_of(node)}
    for step in steps:
        if step not in taken:
            yield rules.fail("steps", found.name, f"{kind}有“{step}”环节", "没有", "请补上该环节的办理信息。")
    kept = {file.attributes.get("材料", "") for file in node.walk() if file.name == "文件"}
    for material in materials:
        if not any(material in name for name in kept):
            yield rules.fail(
                "materials", found.name, f"{kind}有“{material}”", "没有", f"请补上“{material}”的文件。"
            )


def _in_order(node: Node, found: Described, rules: Rules) -> Iterator[Finding]:
    before = ""
    for step in steps_of(node):
        name, at = step.attributes.get("名称", ""), step.attributes.get("时间", "")
        try:
            parse_date(at[:10])
        except Invalid:
            where = f"{found.name} 环节“{name}”"
            yield rules.fail(
                "order", where, "办理时间，如 2026-03-01 09:30", at or "没有", "请写明办理时间。"
            )
            continue
        if at < before:
            yield rules.fail(
                "order", f"{found.name} 环节“{name}”", f"不早于 {before}", at, "请核对办理时间。"
            )
        before = max(before, at)


def read_matters(root: Path) -> Package:
    """Reads matters."""
    return read_described(root, "service", CATEGORY, check_matter, process_metadata)


def recognises_matters(root: Path) -> bool:
    """A folder whose description is of a matter."""
    return recognises(root, ELEMENT)


KIND = Kind(
    "service", "政务服务办件", recognises_matters, read_matters, writer_of(ELEMENT, first=describe_matter)
)
