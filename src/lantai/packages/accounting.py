"""Packages of kind ``accounting``: vouchers, books, reports and others (DA/T 94)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path

from lantai.core.errors import Invalid
from lantai.core.findings import Finding
from lantai.records.api import retention_term

from .described import Described, file_name, read_described, read_description, recognises
from .described_again import writer_of
from .described_first import describe_accounts
from .kinds import Kind
from .package import Package
from .rules import Rules, kind_data
from .xmlstream import XmlRefused
from .xmltree import Node

ELEMENT = "会计资料"
CATEGORY = "KU"
_MOST_INVOICE_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Invoice:
    """What an electronic invoice (数电票 XML) says of itself; empty for what it does not."""

    number: str
    seller: str
    buyer: str
    issued: str
    total: str


@cache
def shortest_terms() -> Mapping[str, str]:
    """The shortest retention term of each class of accounting records."""
    return {row["name"]: row["retention"] for row in kind_data("accounting")["class"]}


def custody_ends(fiscal_year: int) -> tuple[date, date]:
    """When the accounting office hands a fiscal year's records over: ordinarily, and at the latest."""
    custody = kind_data("accounting")["custody"]
    return date(fiscal_year + custody["years"], 12, 31), date(fiscal_year + custody["years_at_most"], 12, 31)


def read_invoice(path: Path) -> Invoice | None:
    """The structured data of an electronic invoice; ``None`` for any other XML.

    Raises:
        XmlRefused: hostile or broken.
    """
    if path.stat().st_size > _MOST_INVOICE_BYTES:
        return None
    root = read_description(path)
    if root.name.lower() != "einvoice":
        return None
    values = {node.name: node.text for node in root.walk() if node.text}
    return Invoice(
        number=values.get("InvoiceNumber") or values.get("EIid", ""),
        seller=values.get("SellerName", ""),
        buyer=values.get("BuyerName", ""),
        issued=values.get("IssueTime") or values.get("RequestTime", ""),
        total=values.get("TotalTax-includedAmount", ""),
    )


def amount(text: str) -> Decimal | None:
    """An amount of money; ``None`` where the text is none."""
    try:
        return Decimal(text.replace(",", "").replace("，", "").strip())
    except InvalidOperation:
        return None


def check_accounts(found: Described, rules: Rules) -> Iterator[Finding]:
    """Class and term are right, every voucher balances, and its attachments are there."""
    node = found.node or Node(ELEMENT)
    name = node.attributes.get("类别", "")
    if name not in shortest_terms():
        known = "、".join(shortest_terms())
        yield rules.fail("class", found.name, f"类别：{known}", name or "没有", "请改为列出的类别。")
    else:
        yield from _term(node, name, found, rules)
    if not node.attributes.get("会计年度", "").isdecimal():
        yield rules.fail("filled", found.name, "有“会计年度”", "没有", "请写明四位数的会计年度。")
    vouchers = node.all("凭证")
    if name == "凭证" and not vouchers:
        yield rules.fail("filled", found.name, "至少一张“凭证”", "没有", "请补上凭证的结构化数据。")
    for voucher in vouchers:
        yield from _voucher(voucher, found, rules)
    yield from _invoices(found, rules)


def _term(node: Node, name: str, found: Described, rules: Rules) -> Iterator[Finding]:
    given = next((child.text for child in node.walk() if child.name == "保管期限"), "")
    shortest = retention_term(shortest_terms()[name])
    try:
        term = retention_term(given)
    except Invalid:
        return  # the inspection says so
    if term.years is not None and shortest.years is not None and term.years < shortest.years:
        yield rules.fail("term", found.name, f"{name}不少于{shortest.name}", term.name, "请更正保管期限。")


def _voucher(voucher: Node, found: Described, rules: Rules) -> Iterator[Finding]:
    told = f"{voucher.attributes.get('字', '')}字第{voucher.attributes.get('号', '')}号"
    where = f"{found.name} {told}"
    for name in ("字", "号", "日期", "摘要"):
        if not voucher.attributes.get(name):
            yield rules.fail("filled", where, f"有“{name}”", "没有或为空", f"请补上“{name}”。")
    debit, credit = Decimal(0), Decimal(0)
    for line in voucher.all("分录"):
        sides = [amount(line.attributes.get(side) or "0") for side in ("借方", "贷方")]
        if sides[0] is None or sides[1] is None:
            yield rules.fail("balance", where, "金额为数字", str(dict(line.attributes)), "请更正金额。")
            return
        debit, credit = debit + sides[0], credit + sides[1]
    if debit != credit or not voucher.all("分录"):
        yield rules.fail("balance", where, "借贷相等", f"借方 {debit}，贷方 {credit}", "请核对分录。")
    announced, there = voucher.attributes.get("附件数", ""), len(voucher.all("文件"))
    if announced.isdecimal() and int(announced) != there:
        yield rules.fail(
            "attachments", where, f"附件 {announced} 个", f"{there} 个", "请补齐附件或更正附件数。"
        )


def _invoices(found: Described, rules: Rules) -> Iterator[Finding]:
    """Electronic invoices that can be read agree with what the description says of them."""
    for node in (found.node or Node(ELEMENT)).walk():
        entry = found.files.get(file_name(node)) if node.name == "文件" else None
        if entry is None or not entry.name.lower().endswith(".xml"):
            continue
        try:
            invoice = read_invoice(entry.path)
        except XmlRefused as error:
            yield rules.fail("invoice", entry.name, "能够读取的 XML", str(error), "请重新下载该电子凭证。")
            continue
        said = node.attributes.get("发票号码", "")
        if invoice and said and said != invoice.number:
            yield rules.fail("invoice", entry.name, f"发票号码 {invoice.number}", said, "请核对发票号码。")
        given = amount(node.attributes.get("金额", ""))
        if invoice and given is not None and given != amount(invoice.total):
            yield rules.fail("invoice", entry.name, f"价税合计 {invoice.total}", f"{given}", "请核对金额。")


def read_accounts(root: Path) -> Package:
    """Reads accounting records."""
    return read_described(root, "accounting", CATEGORY, check_accounts)


def recognises_accounts(root: Path) -> bool:
    """A folder whose description is of accounting records."""
    return recognises(root, ELEMENT)


KIND = Kind(
    "accounting", "会计资料", recognises_accounts, read_accounts, writer_of(ELEMENT, first=describe_accounts)
)
