"""From the description kept with a record to what its page shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import PurePath
from typing import Any

from lantai.packages.api import (
    DESCRIPTION,
    Invoice,
    Node,
    TableColumn,
    XmlRefused,
    columns_of,
    file_name,
    place_of,
    read_description,
    read_invoice,
    read_time_code,
    steps_of,
)
from lantai.records.api import Document, Record, document_path

_SAID = ("事由", "时间", "地点", "人物", "背景", "摄影者", "摄录者")


@dataclass(frozen=True, slots=True)
class Table:
    """A described table and the document its rows stand in."""

    name: str
    rows: str
    system: str
    origin: str
    columns: list[TableColumn]
    document: Document | None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a picture; ``place`` in per cent (left, top, width, height), if it is said."""

    name: str
    office: str
    place: tuple[float, float, float, float] | None


@dataclass(frozen=True, slots=True)
class Photograph:
    """A picture of a group."""

    title: str
    taken: str
    photographer: str
    persons: list[Person]
    document: Document | None


@dataclass(frozen=True, slots=True)
class Clip:
    """A part of a recording, in seconds from its begin."""

    title: str
    begin: str
    end: str
    begin_s: float
    end_s: float
    persons: str
    summary: str
    document: Document | None


@dataclass(frozen=True, slots=True)
class Recording:
    """What is played of a recording, and the master where that is another file."""

    document: Document
    master: Document | None


@dataclass(slots=True)
class Exhibit:
    """What there is to see; ``template`` is empty where there is nothing."""

    template: str = ""
    values: dict[str, Any] = field(default_factory=dict)


def exhibit_of(record: Record) -> Exhibit:
    """The exhibit of a record that describes itself, or an empty one."""
    documents = {document.original_name: document for document in record.documents.all()}
    described = documents.get(DESCRIPTION)
    if described is None:
        return Exhibit()
    for document in documents.values():
        document.record = record
    try:
        root = read_description(document_path(described))
    except XmlRefused:
        return Exhibit()
    build = _BUILDERS.get(root.name)
    return build(root, documents) if build else Exhibit()


def table_in(record: Record, document: Document) -> Table | None:
    """The described table whose rows stand in a document."""
    found = exhibit_of(record).values.get("tables", [])
    return next((table for table in found if table.document and table.document.id == document.id), None)


Documents = Mapping[str, Document]


def _document(node: Node | None, documents: Documents) -> Document | None:
    return documents.get(PurePath(file_name(node)).name) if node else None


def _tables(root: Node, documents: Documents) -> Exhibit:
    tables = [
        Table(
            name=node.attributes.get("名称", ""),
            rows=node.attributes.get("行数", ""),
            system=node.value("来源系统"),
            origin=node.value("查询") or node.value("来源文件"),
            columns=columns_of(node),
            document=_document(node.child("文件"), documents),
        )
        for node in root.all("数据表")
    ]
    return Exhibit("tables", {"tables": tables})


def _facts(root: Node) -> list[tuple[str, str]]:
    return [(name, root.value(name)) for name in _SAID if root.value(name)]


def _photographs(root: Node, documents: Documents) -> Exhibit:
    photos = [
        Photograph(
            title=node.attributes.get("题名", ""),
            taken=node.attributes.get("时间", ""),
            photographer=node.attributes.get("摄影者", ""),
            persons=[
                Person(one.attributes.get("姓名", ""), one.attributes.get("职务", ""), place_of(one))
                for one in node.all("人物")
            ],
            document=_document(node.child("文件"), documents),
        )
        for node in root.all("照片")
    ]
    return Exhibit("photographs", {"facts": _facts(root), "photographs": photos})


def _recordings(root: Node, documents: Documents) -> Exhibit:
    recordings = _played(root, documents)
    clips = []
    for node in root.all("片段"):
        begin, end = node.attributes.get("起", ""), node.attributes.get("止", "")
        begin_s, end_s = read_time_code(begin), read_time_code(end)
        of = documents.get(node.attributes.get("文件", ""))
        of = of or (recordings[0].document if recordings else None)
        if begin_s is not None and end_s is not None:
            title, persons = node.attributes.get("题名", ""), node.attributes.get("人物", "")
            clips.append(Clip(title, begin, end, begin_s, end_s, persons, node.text, of))
    return Exhibit("recordings", {"facts": _facts(root), "recordings": recordings, "clips": clips})


def _played(root: Node, documents: Documents) -> list[Recording]:
    """The copies made for use where there are any, each beside its master; else the masters."""
    files = [(node.attributes.get("用途", ""), _document(node, documents)) for node in root.all("文件")]
    masters = [found for use, found in files if found and use != "利用件"]
    copies = [found for use, found in files if found and use == "利用件"]
    if not copies:
        return [Recording(master, None) for master in masters]
    return [Recording(copy, master) for copy, master in zip_longest(copies, masters[: len(copies)])]


def _accounts(root: Node, documents: Documents) -> Exhibit:
    vouchers = [
        {
            "name": f"{node.attributes.get('字', '')}字第 {node.attributes.get('号', '')} 号",
            "date": node.attributes.get("日期", ""),
            "summary": node.attributes.get("摘要", ""),
            "lines": [line.attributes for line in node.all("分录")],
            "papers": [found for file in node.all("文件") if (found := _document(file, documents))],
            "invoices": [each for file in node.all("文件") if (each := _invoice(file, documents))],
        }
        for node in root.all("凭证")
    ]
    said = {name: root.attributes.get(name, "") for name in ("类别", "会计年度")}
    return Exhibit("accounts", {"facts": list(said.items()), "vouchers": vouchers})


def _invoice(node: Node, documents: Documents) -> Invoice | None:
    document = _document(node, documents)
    if document is None or not document.original_name.lower().endswith(".xml"):
        return None
    try:
        return read_invoice(document_path(document))
    except XmlRefused:
        return None


def _matter(root: Node, documents: Documents) -> Exhibit:
    applicant, result = root.child("申请人"), root.child("结果")
    facts = [
        (name, root.attributes.get(name, "")) for name in ("事项名称", "事项编码", "办件编号", "事项类型")
    ]
    facts.append(("申请人", applicant.attributes.get("名称", "") if applicant else ""))
    if result:
        told = (result.attributes.get(name, "") for name in ("类型", "文号", "日期"))
        facts.append(("结果", " ".join(filter(None, told))))
    steps = [
        {
            "name": step.attributes.get("名称", ""),
            "at": step.attributes.get("时间", ""),
            "who": " ".join(filter(None, map(step.attributes.get, ("机构", "人员")))),
            "text": step.text,
        }
        for step in steps_of(root)
    ]
    papers = [
        (node.attributes.get("材料", "") or file_name(node), _document(node, documents))
        for node in root.walk()
        if node.name == "文件" and file_name(node)
    ]
    return Exhibit("matter", {"facts": facts, "steps": steps, "papers": papers})


_BUILDERS = {
    "业务数据": _tables,
    "照片组": _photographs,
    "音像": _recordings,
    "会计资料": _accounts,
    "政务服务事项": _matter,
}
