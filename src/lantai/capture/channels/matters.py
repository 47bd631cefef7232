"""The channel of government-service matters: one matter, one record (DA/T 85, GB/T 42727)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lantai.packages.api import Element, describing

from ..entry import Sender
from .described import Enclosure, catalogued


def describe_matter(
    values: Mapping[str, Any],
    steps: Sequence[Mapping[str, Any]],
    papers: Sequence[Mapping[str, Any]],
    sender: Sender,
) -> tuple[Element, list[Enclosure]]:
    """A matter that is finished.

    Args:
        values: ``kind`` (事项类型), ``code``, ``name``, ``case_number``, who applied, and the result.
        steps: each with its ``name``, ``at`` (a local time), ``office``, ``person`` and ``opinion``.
        papers: each with its ``name`` (材料) and ``file``.
        sender: whose it is.
    """
    root = describing("政务服务事项", "GB/T 42727-2023", catalogued(values, sender))
    root.attributes = {
        **root.attributes,
        "事项编码": values["code"],
        "事项名称": values["name"],
        "办件编号": values["case_number"],
        "事项类型": values["kind"],
    }
    applicant = {
        "类型": values["applicant_kind"],
        "名称": values["applicant"],
        "证件号码": values["applicant_id"],
    }
    root.add("申请人", **applicant)
    process = root.add("办理过程")
    for step in steps:
        said = {"名称": step["name"], "机构": step["office"] or sender.agency.name, "人员": step["person"]}
        process.add("环节", step["opinion"], **said, 时间=f"{step['at']:%Y-%m-%d %H:%M}")
    result = {"类型": values["result"], "文号": values["document_number"], "日期": values["date"]}
    root.add("结果", **result)
    return root, [Enclosure(paper["file"], root, {"材料": paper["name"]}) for paper in papers]
