"""GD-1-9, 2-5, 2-9, 2-10, 3-2, 3-6: the description against the content, the rules and the database."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from lantai.core.dates import parse_date
from lantai.core.errors import Invalid
from lantai.records.api import metadata_elements, normalise_code, retention_term

from ..registry import Observations, check, fail, not_applicable, warn
from ..subjects import ItemSubject

_MAIN = ("body", "final")
_ENVIRONMENT = ("M50", "M51")
_ROLE_NAMES: Mapping[str, str] = {
    "body": "正文",
    "final": "定稿",
    "draft": "草稿",
    "processing_sheet": "处理单",
    "attachment": "附件",
    "page_images": "页面图像",
}


@check("auth.content.extra")
def check_first_page(subject: ItemSubject) -> Observations:
    """GD-1-9: the first page of the main text names the title or the document number."""
    openings = [
        examination.characteristics.opening
        for _name, file, examination in subject.examined
        if file.role in _MAIN and examination.characteristics.opening
    ]
    if not openings:
        yield not_applicable(subject.item.label, "首页没有可读的文字，或内容与以前检测过的相同")
        return
    elements = metadata_elements()
    wanted = {
        code: "".join(subject.item.metadata.get(code, "").split()) for code in subject.plan.on_first_page
    }
    given = {code: value for code, value in wanted.items() if value}
    if given and not any(value in opening for value in given.values() for opening in openings):
        names = "或".join(elements[code].name for code in given)
        remedy = "请打开正文与目录核对；确属同一件的，无须处理。"
        yield warn(subject.item.label, f"正文首页写有{names}", f"首页开头为“{openings[0][:40]}”", remedy)


@check("int.meta.process", needs="process")
def check_process(subject: ItemSubject) -> Observations:
    """GD-2-5: records of a term bring the files of their process that the plan asks for."""
    wanted = subject.plan.process.get(_term_name(subject.item.metadata.get("M12", "")), ())
    if not wanted:
        yield not_applicable(subject.item.label, "方案没有规定这类档案应带的过程文件")
    roles = {file.role for file in subject.item.files}
    missing = [_ROLE_NAMES.get(role, role) for role in wanted if role not in roles]
    if missing and not subject.classified:
        yield fail(
            subject.about("过程文件"),
            "、".join(_ROLE_NAMES.get(role, role) for role in wanted),
            f"缺{'、'.join(missing)}",
            "请从办公系统取出缺少的过程文件一并归档。",
        )


_SCOPES = {
    False: (
        "归档范围和保管期限表",
        "列入归档范围，保管期限不短于规定",
        "请核对是否应当归档；属于归档范围的，请在归档范围和保管期限表中补上依据。",
    ),
    True: (
        "经审核的收集范围",
        "列入进馆名册和收集范围",
        "请核对是否应当进馆；应当进馆的，请在收集范围的下一版中补上，不应进馆的单件退回。",
    ),
}
"""What the item is held against when it is filed, and when it is transferred: the table, what it asks, the remedy."""


@check("int.scope", needs="scope")
def check_scope(subject: ItemSubject) -> Observations:
    """GD-2-9, YJ-2-9: the table of the agency, or the archive's collecting scope, covers the item.

    What never came cannot be seen here.
    """
    table, asked, remedy = _SCOPES[subject.stage == "YJ"]
    said = subject.out_of_scope
    if said is None:
        yield not_applicable(subject.item.label, f"检测时没有{table}")
    elif said:
        yield warn(subject.item.label, asked, said, remedy)


@check("int.pkg.meta")
def check_metadata_present(subject: ItemSubject) -> Observations:
    """GD-2-10: every item of the package comes with metadata."""
    if not any(value.strip() for _source, copy in subject.copies for value in copy.values()):
        yield fail(subject.item.label, "随带元数据", "没有任何元数据", "请在目录中填写本件后重新提交。")


@check("use.meta.access", needs="database")
def check_database(subject: ItemSubject) -> Observations:
    """GD-3-2: what the target database holds is read back and equals what the package says."""
    if subject.database is None:
        yield not_applicable(subject.item.label, "检测时尚未入库，没有连接目标数据库")
        return
    if not subject.database:
        remedy = "请核对目录数据库是否漏了这一件，或档号是否一致。"
        yield fail(subject.item.label, "目录数据库中有这一件", "没有找到", remedy)
        return
    elements = metadata_elements()
    for code, value in subject.item.metadata.items():
        held = subject.database.get(code)
        if held is not None and code in elements and not _same(code, held, value):
            yield fail(
                subject.about(f"“{elements[code].name}”"),
                f"数据库与信息包一致：{value.strip()[:100]}",
                held.strip()[:100] or "空白",
                "请核对哪一处有误，改正后重新检测。",
            )


def _same(code: str, held: str, value: str) -> bool:
    """Whether two catalogues say the same, each in its own way of writing dates, terms and codes."""
    first, second = (unicodedata.normalize("NFKC", text).strip() for text in (held, value))
    if first == second:
        return True
    if code == "M12":
        return "" != _term_name(first) == _term_name(second)
    if code == "M8":
        return normalise_code(first) == normalise_code(second)
    try:
        days = [parse_date(text) for text in (first, second)] if code == "M33" else []
    except Invalid:
        return False
    return len({(day.start, day.end) for day in days}) == 1


@check("use.env")
def check_environment(subject: ItemSubject) -> Observations:
    """GD-3-6: the programs that made the files (M50, M51) are among those the plan lists."""
    recorded = [
        value.strip()
        for _source, copy in subject.copies
        for code in _ENVIRONMENT
        if (value := copy.get(code, "")).strip()
    ]
    if not recorded:
        yield not_applicable(subject.item.label, "目录没有记录软硬件环境")
        return
    allowed = [name.casefold() for name in subject.plan.environments]
    for said in recorded:
        if allowed and not any(name in said.casefold() for name in allowed):
            remedy = "请核对能否在归档要求的环境中打开；可以的，请规则管理员把它列入方案。"
            yield warn(subject.about("软硬件环境"), "、".join(subject.plan.environments), said[:100], remedy)


def _term_name(text: str) -> str:
    try:
        return retention_term(text.strip()).name if text.strip() else ""
    except Invalid:
        return ""
