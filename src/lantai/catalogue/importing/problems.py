"""What can be wrong with a row, in a clerk's words: what it is, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as default
from typing import Any

from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop

_TEXTS = {
    "code_missing": (gettext_noop("没有档号。"), gettext_noop("请补上档号。")),
    "code_form": (gettext_noop("%(said)s"), gettext_noop("请按分类方案的档号模板改写，如 %(example)s。")),
    "code_other_fonds": (
        gettext_noop("档号的全宗号是“%(found)s”，本次导入的全宗是“%(wanted)s”。"),
        gettext_noop("请核对全宗号，或另作一次导入。"),
    ),
    "scheme_unknown": (
        gettext_noop("没有适用的类别：门类“%(category)s”、年度 %(year)s。"),
        gettext_noop("请核对档号，或先在“全宗与方案”中建立分类方案。"),
    ),
    "title_missing": (gettext_noop("没有题名。"), gettext_noop("请补上题名。")),
    "too_long": (
        gettext_noop("共 %(length)s 字，超过 %(most)s 字。"),
        gettext_noop("请缩短，详情写入备注。"),
    ),
    "year_missing": (gettext_noop("没有年度，档号里也没有。"), gettext_noop("请补上四位年度。")),
    "year_form": (gettext_noop("年度“%(text)s”不是四位年份。"), gettext_noop("请写作 1958。")),
    "year_differs": (
        gettext_noop("年度是 %(cell)s，档号里是 %(code)s。"),
        gettext_noop("请核对原件，改正其一。"),
    ),
    "retention_form": (
        gettext_noop("保管期限“%(text)s”无法识别。"),
        gettext_noop("请写作“永久”“30年”“10年”，旧档案可写“长期”“短期”。"),
    ),
    "retention_in_code": (
        gettext_noop("档号里的保管期限写作“%(text)s”，应写作“%(code)s”。"),
        gettext_noop("请改正档号；整批如此的，先把表里的档号成批替换。"),
    ),
    "retention_differs": (
        gettext_noop("保管期限是“%(cell)s”，档号里是“%(code)s”。"),
        gettext_noop("请核对，改正其一。"),
    ),
    "item_differs": (
        gettext_noop("件号是 %(cell)s，档号里是 %(code)s。"),
        gettext_noop("请核对，改正其一。"),
    ),
    "number_form": (gettext_noop("“%(text)s”不是正整数。"), gettext_noop("请只写数字。")),
    "date_form": (
        gettext_noop("日期“%(text)s”无法识别。"),
        gettext_noop("请写作 19580305 或“1958年3月5日”。"),
    ),
    "date_serial": (
        gettext_noop("日期是数字 %(text)s，像是表格软件的日期序号（%(day)s）。"),
        gettext_noop("请把这一列设为日期格式，或改写为 %(day)s。"),
    ),
    "date_after_year": (
        gettext_noop("日期 %(date)s 晚于年度 %(year)s。"),
        gettext_noop("请核对年度与日期。"),
    ),
    "pages_form": (gettext_noop("页数“%(text)s”不是数字。"), gettext_noop("请只写数字。")),
    "page_range_form": (gettext_noop("页号“%(text)s”无法识别。"), gettext_noop("请写作“1-12”，单页写“5”。")),
    "pages_differ": (
        gettext_noop("页号 %(range)s 计 %(counted)s 页，页数写的是 %(cell)s。"),
        gettext_noop("请核对原件，改正其一。"),
    ),
    "volume_pages_differ": (
        gettext_noop("案卷页数是 %(cell)s，卷内各件合计 %(counted)s 页。"),
        gettext_noop("请核对卷内文件是否齐全、页数是否有误。"),
    ),
    "classification_form": (
        gettext_noop("密级“%(text)s”无法识别。"),
        gettext_noop("请写“公开”“内部”，或留空。"),
    ),
    "classified": (
        gettext_noop("标有国家秘密。本次导入已整体拒收，文件已删除。"),
        gettext_noop("请在涉密环境中处理；如已误传，请报告保密工作机构。"),
    ),
    "disclosure_form": (
        gettext_noop("公开属性“%(text)s”无法识别。"),
        gettext_noop("请写“主动公开”“依申请公开”或“不予公开”。"),
    ),
    "duplicate": (gettext_noop("档号与第 %(other)s 行相同。"), gettext_noop("请核对后改正其一。")),
    "code_used": (
        gettext_noop("这个档号在库中已有档案：%(title)s。"),
        gettext_noop("请改正档号；确为同一件的，导入时选“跳过”或“合并”。"),
    ),
    "code_withdrawn": (gettext_noop("这个档号已撤回，不得再用。"), gettext_noop("请另编新号。")),
    "orphan": (
        gettext_noop("表中和库中都没有它所属的案卷 %(volume)s。"),
        gettext_noop("请补上案卷一行，或先导入案卷目录。"),
    ),
    "volume_empty": (
        gettext_noop("表中没有这一卷的卷内文件。"),
        gettext_noop("如卷内目录另行导入，可不处理。"),
    ),
    "cycle": (gettext_noop("上级关系成环：%(path)s。"), gettext_noop("请改正其中一行的上级档号。")),
    "parent_differs": (
        gettext_noop("案卷档号是“%(cell)s”，按档号应属“%(code)s”。"),
        gettext_noop("请核对，改正其一。"),
    ),
    "merged_cell": (
        gettext_noop("这里是合并单元格，不知道本行的值。"),
        gettext_noop("请取消合并，逐行填写。"),
    ),
    "formula_error": (gettext_noop("单元格是公式的出错结果 %(text)s。"), gettext_noop("请改成确定的值。")),
    "characters": (
        gettext_noop("含自定义区或无法识别的字符：%(told)s。"),
        gettext_noop("请对照原件确认用字；导入后也可在著录中修改。"),
    ),
    "row_short": (gettext_noop("本行比表头多出 %(count)s 格。"), gettext_noop("请检查分隔符与引号。")),
    "scan_orphan": (
        gettext_noop("目录中没有“%(name)s”对应的条目，共 %(count)s 个文件。"),
        gettext_noop("请核对文件夹名或文件名是否为档号，或先导入目录。"),
    ),
    "scan_there": (
        gettext_noop("%(code)s 已有文件，没有再挂接。"),
        gettext_noop("如须更换，请在档案页面办理。"),
    ),
    "scan_closed": (
        gettext_noop("%(code)s 已移交、销毁或隔离，不能挂接。"),
        gettext_noop("请核对档号。"),
    ),
    "scan_pages_differ": (
        gettext_noop("%(code)s：目录写 %(cell)s 页，扫描件 %(counted)s 页。"),
        gettext_noop("请核对是否漏扫、重扫；扫描无误的，改正目录中的页数。"),
    ),
    "scan_gap": (
        gettext_noop("%(code)s：图像编号缺第 %(page)s 页。"),
        gettext_noop("请核对是否漏扫。"),
    ),
    "scan_refused": (gettext_noop("%(code)s：%(said)s。"), gettext_noop("%(remedy)s")),
    "scan_doubtful": (gettext_noop("%(code)s：%(said)s。"), gettext_noop("%(remedy)s")),
    "scan_unsafe": (
        gettext_noop("“%(name)s”是链接或设备，没有读取。"),
        gettext_noop("请放入文件本身。"),
    ),
    "scan_none": (
        gettext_noop("有 %(count)s 条没有扫描件，如 %(example)s。"),
        gettext_noop("如另行挂接，可不处理。"),
    ),
    "formulas": (gettext_noop("表中有公式，按保存时的结果导入。"), gettext_noop("请确认保存前已重新计算。")),
    "count_differs": (
        gettext_noop("文件头写的记录数与实有的不符，按实有的行导入。"),
        gettext_noop("请与原系统核对总数，或重新导出。"),
    ),
    "volumes_stay": (
        gettext_noop("表中有 %(count)s 个案卷库中已有，合并只更新文件的条目，案卷保留原有著录。"),
        gettext_noop("案卷须改的，请撤销导入它的那一批，改正后重新导入。"),
    ),
    "tables_left": (
        gettext_noop("文件中另有 %(count)s 张表没有导入：%(names)s。"),
        gettext_noop("如也是目录，请再交一次，写明工作表或数据表的名称。"),
    ),
    "merged": (gettext_noop("表中有合并单元格。"), gettext_noop("请取消合并，逐行填写。")),
    "column_repeated": (
        gettext_noop("列“%(heading)s”与前面的列同义，没有导入。"),
        gettext_noop("如应以它为准，请在列的对应关系中改选。"),
    ),
    "column_unknown": (
        gettext_noop("列“%(heading)s”不知何意，没有导入。"),
        gettext_noop("需要的话，请在列的对应关系中选定。"),
    ),
    "column_missing": (
        gettext_noop("表中没有“%(title)s”一列。"),
        gettext_noop("可以导入；建议补上后再导入。"),
    ),
}
"""Problem and remedy by kind."""

TOLD_ONLY = frozenset(
    {
        "date_after_year", "volume_pages_differ", "volume_empty", "characters", "formulas", "merged", "column_repeated",
        "column_unknown", "column_missing", "scan_gap", "scan_doubtful", "scan_unsafe", "scan_none",
        "count_differs", "tables_left", "volumes_stay",
    }
)  # fmt: skip
"""Kinds that are told and hold nothing back."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one row; ``row`` counts from 1 as the spreadsheet does."""

    row: int
    kind: str
    field: str = ""
    details: Mapping[str, Any] = default(default_factory=dict)

    @property
    def stops(self) -> bool:
        """Whether the row stays out."""
        return self.kind not in TOLD_ONLY


def describe(kind: str, details: Mapping[str, Any]) -> str:
    """A problem in words, with what to do."""
    said, remedy = _TEXTS[kind]
    if kind == "column_missing":
        heading = details["title"]
        details = {"title": _(heading)}
    return _("%(said)s%(remedy)s") % {"said": _(said) % details, "remedy": _(remedy) % details}


def summary_of(kind: str) -> str:
    """The kind itself in words, for counts."""
    return _(_KINDS.get(kind, kind))


_KINDS = {
    "code_missing": gettext_noop("缺档号"),
    "code_form": gettext_noop("档号写法有误"),
    "code_other_fonds": gettext_noop("全宗号不符"),
    "scheme_unknown": gettext_noop("类别不明"),
    "title_missing": gettext_noop("缺题名"),
    "too_long": gettext_noop("过长"),
    "year_missing": gettext_noop("缺年度"),
    "year_form": gettext_noop("年度写法有误"),
    "year_differs": gettext_noop("年度与档号不符"),
    "retention_form": gettext_noop("保管期限无法识别"),
    "retention_in_code": gettext_noop("档号里的保管期限写法有误"),
    "retention_differs": gettext_noop("保管期限与档号不符"),
    "item_differs": gettext_noop("件号与档号不符"),
    "number_form": gettext_noop("编号不是数字"),
    "date_form": gettext_noop("日期无法识别"),
    "date_serial": gettext_noop("日期是序号"),
    "date_after_year": gettext_noop("日期晚于年度"),
    "pages_form": gettext_noop("页数不是数字"),
    "page_range_form": gettext_noop("页号无法识别"),
    "pages_differ": gettext_noop("页号与页数不符"),
    "volume_pages_differ": gettext_noop("案卷页数不符"),
    "classification_form": gettext_noop("密级无法识别"),
    "classified": gettext_noop("涉密"),
    "disclosure_form": gettext_noop("公开属性无法识别"),
    "duplicate": gettext_noop("档号重复"),
    "code_used": gettext_noop("档号已有"),
    "code_withdrawn": gettext_noop("档号已撤回"),
    "orphan": gettext_noop("没有所属案卷"),
    "volume_empty": gettext_noop("卷内无文件"),
    "cycle": gettext_noop("上级关系成环"),
    "parent_differs": gettext_noop("所属案卷不符"),
    "merged_cell": gettext_noop("合并单元格"),
    "formula_error": gettext_noop("公式出错"),
    "characters": gettext_noop("用字待核"),
    "row_short": gettext_noop("列数不符"),
    "scan_orphan": gettext_noop("扫描件没有条目"),
    "scan_there": gettext_noop("已有文件"),
    "scan_closed": gettext_noop("不能挂接"),
    "scan_pages_differ": gettext_noop("扫描页数不符"),
    "scan_gap": gettext_noop("图像缺号"),
    "scan_refused": gettext_noop("扫描件不合格"),
    "scan_doubtful": gettext_noop("扫描件待核"),
    "scan_unsafe": gettext_noop("链接或设备"),
    "scan_none": gettext_noop("没有扫描件"),
    "formulas": gettext_noop("有公式"),
    "merged": gettext_noop("有合并单元格"),
    "volumes_stay": gettext_noop("案卷不合并"),
    "tables_left": gettext_noop("另有表未导入"),
    "count_differs": gettext_noop("记录数不符"),
    "column_repeated": gettext_noop("列重复"),
    "column_unknown": gettext_noop("列不知何意"),
    "column_missing": gettext_noop("缺列"),
}
