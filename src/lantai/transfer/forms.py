"""What an archivist is asked when handing over and when sending back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lantai.institutions.api import answers_for
from lantai.records.api import Fonds

from .models import Handover
from .register import CARRIER, OPINIONS
from .services import Terms


class OpinionsForm(forms.Form):
    """The three opinions that go with a transfer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        helps = {
            "opening": _("满二十五年或可以提前开放的，写明意见；没有写“无”。"),
            "disclosure": _("哪些已主动公开、依申请公开、不公开；没有写“无”。"),
            "classification_changes": _("有无密级变更、解密；没有写“无”。"),
        }
        for name, label in OPINIONS.items():
            self.fields[name] = forms.CharField(
                label=label,
                help_text=helps[name],
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 3}),
                error_messages={"required": _("还没有写；没有可说的，请写“无”。")},
            )


class PrepareForm(OpinionsForm):
    """Which records are handed over."""

    fonds = forms.ModelChoiceField(label=_("全宗"), queryset=Fonds.objects.none(), empty_label=None)
    year_from = forms.IntegerField(label=_("起始年度"), min_value=1800, max_value=2999)
    year_to = forms.IntegerField(label=_("终止年度"), min_value=1800, max_value=2999)
    title = forms.CharField(
        label=_("交接工作名称"), max_length=400, required=False, help_text=_("不填时按全宗和年度起名。")
    )

    signature_policy = forms.ChoiceField(
        label=_("电子签名"),
        choices=Handover.SignaturePolicy.choices,
        initial=Handover.SignaturePolicy.KEEP,
        required=False,
    )
    carrier_type = forms.CharField(
        label=_("载体类型、规格"),
        max_length=100,
        required=False,
        help_text=_("在线移交的不填；离线的如“移动硬盘 1 TB”。"),
    )
    carrier_numbers = forms.CharField(label=_("载体编号"), max_length=200, required=False)
    carrier_looks = forms.CharField(label=_("载体外观"), max_length=200, required=False)
    schedule_reason = forms.CharField(
        label=_("提前移交的理由"),
        max_length=1000,
        required=False,
        help_text=_("到期移交的不填；计划里已商定的不必再写。"),
    )

    def __init__(self, *args: Any, agency_id: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fonds = Fonds.objects.filter(creator__in=answers_for(agency_id)).order_by("code")
        self.fields["fonds"].queryset = fonds  # type: ignore[attr-defined]
        self.order_fields(["fonds", "year_from", "year_to", "title", *OPINIONS])

    def clean(self) -> dict[str, Any]:
        """Years in order; how it is handed over as one value."""
        values = super().clean() or {}
        carrier = {name: values.pop(f"carrier_{name}", "") for name in CARRIER}
        values["terms"] = Terms(
            signature_policy=values.pop("signature_policy", "") or Handover.SignaturePolicy.KEEP,
            carrier=carrier if any(carrier.values()) else {},
            schedule_reason=values.pop("schedule_reason", ""),
        )
        if values.get("year_from", 0) > values.get("year_to", 9999):
            self.add_error("year_to", _("终止年度不能早于起始年度。"))
        return values


class SendBackForm(forms.Form):
    """Why a hand-over goes back."""

    reason = forms.CharField(
        label=_("退回原因"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("请写明退回的原因，移交单位要照着改。")},
    )


def problems_of(form: forms.Form) -> str:
    """What is wrong with a small form, in one sentence."""
    return " ".join(str(problem) for problems in form.errors.values() for problem in problems)


def _text(label: Any, required: Any, rows: int = 2, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=more.pop("max_length", 1000),
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": required},
        **more,
    )


class ReturnItemsForm(forms.Form):
    """Why single records go back."""

    reason = _text(_("这些件的退回原因"), _("请写明退回的原因，移交单位要照着改。"))


class AnswerForm(forms.Form):
    """What the agency did about it."""

    answer = _text(_("更正说明"), _("请写明改了什么；不用改的，写明理由。"))


class FileForm(forms.Form):
    """A corrected file."""

    file = forms.FileField(label=_("更正后的文件"), error_messages={"required": _("还没有选文件。")})


class AgreementForm(forms.Form):
    """Another day than the rule's."""

    wanted_by = forms.DateField(
        label=_("商请的移交日期"),
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": _("请写明日期。")},
    )
    reason = _text(_("理由"), _("请写明提前或延期的理由。"))


class DecideForm(forms.Form):
    """The archive's answer."""

    paper = forms.CharField(
        label=_("主管部门同意的文号或日期；不同意的写原因"),
        max_length=400,
        error_messages={"required": _("请写明主管部门同意的文号或日期；不同意的，写明原因。")},
    )


class AssessForm(forms.Form):
    """Which system is assessed, for which records."""

    system = forms.CharField(label=_("业务系统"), max_length=200)
    scope = forms.CharField(
        label=_("适用的文件范围"), max_length=400, help_text=_("哪些门类、文种拟只以电子形式保存。")
    )


class IsolateForm(forms.Form):
    """Where the mark was seen."""

    reason = _text(
        _("在哪里见到密级标志"),
        _("请写明在哪里见到密级标志。"),
        help_text=_("只写位置，不要写涉密内容。"),
        max_length=400,
    )


class NoteForm(forms.Form):
    """The ground of an answer."""

    note = _text(_("处置依据"), _("请写明处置依据。"))
