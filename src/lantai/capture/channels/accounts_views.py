"""Pages of accounting records: entering them, and which are due at the record office."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from lantai.packages.api import Element, shortest_terms

from ..entry import Sender, measured, sender_of
from ..fields import DateField, FilesField, RowForm
from .accounts import VOUCHER, describe_accounts
from .custody import custodies
from .described import Enclosure
from .described_views import DescribedForm, describe_page


class EntryForm(RowForm):
    """One line of a voucher (分录)."""

    account = forms.CharField(label=_("科目"), max_length=120)
    debit = forms.DecimalField(label=_("借方"), max_digits=18, decimal_places=2, required=False)
    credit = forms.DecimalField(label=_("贷方"), max_digits=18, decimal_places=2, required=False)


class AccountsForm(DescribedForm):
    """Books, reports and others."""

    title = forms.CharField(label=_("题名"), max_length=500, help_text=_("如“2026年度总账”。"))
    fiscal_year = forms.IntegerField(label=_("会计年度"), min_value=1900, max_value=2999)
    files = FilesField(  # type: ignore[assignment]
        label=_("文件"),
        help_text=_("可一次选多个。电子发票请连同 XML 一起交，号码和金额自动读出。"),
        error_messages={"required": _("还没有选文件。"), "empty": _("有文件是空的（0 字节）。")},
    )


class VoucherForm(AccountsForm):
    """One voucher with its entries and the papers attached to it."""

    row_forms = {"entries": EntryForm}

    title = forms.CharField(label=_("题名"), max_length=500, help_text=_("如“2026年6月记字第12号凭证”。"))
    word = forms.CharField(label=_("凭证字"), max_length=20, initial="记")
    number = forms.CharField(label=_("凭证号"), max_length=20)
    date = DateField(label=_("凭证日期"), help_text=_("如 2026-06-02。"))
    summary = forms.CharField(label=_("摘要"), max_length=500)
    attached = forms.IntegerField(
        label=_("附件数"), min_value=0, max_value=9999, help_text=_("凭证上写的张数；与交来的文件核对。")
    )


@measured
@require_http_methods(["GET", "HEAD", "POST"])
def enter_accounts(request: HttpRequest) -> HttpResponse:
    """Describing accounting records of one class (``?kind=``)."""
    kinds = shortest_terms()
    kind = request.GET.get("kind", "")
    kind = kind if kind in kinds else VOUCHER
    made = VoucherForm if kind == VOUCHER else AccountsForm
    form = made.of(request, initial={"retention": kinds[kind]}, presets={"entries": [{}, {}]})

    def describe(form: AccountsForm, sender: Sender) -> tuple[Element, list[Enclosure]]:
        entries = form.rows["entries"].filled() if kind == VOUCHER else []
        return describe_accounts({**form.cleaned_data, "kind": kind}, entries, sender)

    tabs = [{"value": name, "label": name, "current": name == kind} for name in kinds]
    shown = {"name": _("会计资料归档"), "draft": f"accounts.{kind}", "tabs": tabs}
    return describe_page(request, "capture/channels/enter_accounts.html", form, describe, **shown)


@require_safe
def accounts(request: HttpRequest) -> HttpResponse:
    """What the accounting office holds, by fiscal year, and until when."""
    agency = sender_of(request).agency
    return render(request, "capture/channels/accounts.html", {"whose": agency, "rows": custodies(agency.id)})
