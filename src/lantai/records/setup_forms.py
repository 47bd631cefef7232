"""Forms of the set-up pages. What a rule forbids is said by the services; here, how a field is written."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from lantai.institutions.api import Organisation

from .codes import code_templates
from .models import Fonds, RetentionRule, RetentionSchedule, Scheme
from .terms import categories, retention_terms
from .vocabulary import Arrangement

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
EARLIEST, LATEST = 1800, 2099
"""Years that may stand in a code."""


class FondsForm(forms.ModelForm[Fonds]):
    """A fonds; whoever works for its creator is not asked who that is."""

    class Meta:
        model = Fonds
        fields = ("creator", "code", "name", "started", "ended", "history")
        labels = {"creator": _("立档单位")}
        help_texts = {
            "code": _("一位大写字母加三位数字（如 J001），或一至四位数字；由档案馆编定，馆内不重复。"),
            "name": _("一般用立档单位的全称。"),
            "ended": _("立档单位仍在的，留空。"),
            "history": _("成立、更名、合并、撤销的时间和依据。"),
        }
        widgets = {"started": DAY, "ended": DAY, "history": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, creators: QuerySet[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if creators.count() == 1:
            self.instance.creator = creators.get()
            self.fields.pop("creator")
        else:
            self.fields["creator"].queryset = creators  # type: ignore[attr-defined]


class SchemeForm(forms.ModelForm[Scheme]):
    """A scheme; its arrangement follows from the template that is chosen."""

    category = forms.ChoiceField(label=_("门类"))
    code_template = forms.ChoiceField(label=_("档号模板"), help_text=_("选定模板也就选定了整理方式。"))
    year_from = forms.IntegerField(label=_("起始年度"), min_value=EARLIEST, max_value=LATEST)
    year_to = forms.IntegerField(
        label=_("终止年度"),
        min_value=EARLIEST,
        max_value=LATEST,
        required=False,
        help_text=_("仍在用的，留空。"),
    )
    number_width = forms.IntegerField(
        label=_("件号位数"),
        min_value=1,
        max_value=8,
        initial=4,
        help_text=_("档号最后一段的位数，不足补零。"),
    )

    class Meta:
        model = Scheme
        fields = (
            "name", "category", "subclasses", "catalogue_number", "year_from", "year_to", "code_template",
            "number_width",
        )  # fmt: skip
        help_texts = {"catalogue_number": _("只有档号里写目录号的才填。")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = [  # type: ignore[attr-defined]
            (code, f"{code} {name}") for code, name in categories().items()
        ]
        self.fields["code_template"].choices = self._templates()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The years are in order; the template says how the scheme is arranged."""
        data: dict[str, Any] = super().clean() or {}
        first, last = data.get("year_from"), data.get("year_to")
        if first and last and last < first:
            self.add_error("year_to", _("终止年度早于起始年度。"))
        if named := code_templates().get(data.get("code_template", "")):
            self.instance.arrangement = named.arrangement
        return data

    def _templates(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """The named templates by arrangement, each with an example; and the scheme's own, if it has one."""
        groups: dict[str, list[tuple[str, str]]] = {str(label): [] for label in Arrangement.labels}
        for template in code_templates().values():
            words = f"{template.name}　{template.examples[0]}（{template.standard}）"
            groups[str(Arrangement(template.arrangement).label)].append((template.key, words))
        own = self.instance.code_template
        if own and own not in code_templates():
            groups[_now("本方案自己的模板")] = [(own, own)]
        return list(groups.items())


class ScheduleForm(forms.ModelForm[RetentionSchedule]):
    """A schedule's own facts."""

    class Meta:
        model = RetentionSchedule
        fields = ("name", "version", "approval_number", "effective_from", "effective_to")
        help_texts = {
            "version": _("一般写制定的年份，如 2024。"),
            "approval_number": _("档案主管部门审查同意的文号；还没有的可以先空着。"),
            "effective_to": _("仍有效的，留空。"),
        }
        widgets = {"effective_from": DAY, "effective_to": DAY}


class AdoptForm(ScheduleForm):
    """A schedule that begins as the reference one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("effective_to")


class RuleForm(forms.ModelForm[RetentionRule]):
    """One rule of a schedule."""

    words = forms.CharField(
        label=_("匹配词"), required=False, max_length=400,
        help_text=_("题名里有这些词，就建议这个期限；用顿号隔开。"),
    )  # fmt: skip
    kinds = forms.CharField(
        label=_("文种"),
        required=False,
        max_length=200,
        help_text=_("只用于这些文种的，写在这里，用顿号隔开。"),
    )
    senders = forms.CharField(
        label=_("责任者"), required=False, max_length=400,
        help_text=_("只用于这些责任者的，写其名称或名称的一部分，用顿号隔开。"),
    )  # fmt: skip
    retention = forms.ChoiceField(label=_("保管期限"))

    class Meta:
        model = RetentionRule
        fields = ("number", "heading", "material", "retention", "department", "to_archive", "note")
        labels = {"department": _("只用于处室")}

    LISTS = {"words": "keywords", "kinds": "document_types", "senders": "issuers"}
    field_order = (
        "number",
        "heading",
        "material",
        "words",
        "kinds",
        "senders",
        "retention",
        "department",
        "to_archive",
        "note",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        terms = {code: term.name for code, term in retention_terms().items()}
        own = self.instance.retention
        self.fields["retention"].choices = list((terms | ({own: terms.get(own, own)} if own else {})).items())  # type: ignore[attr-defined]
        departments = self.instance.schedule.agency.departments
        self.fields["department"].queryset = departments.all()  # type: ignore[attr-defined]
        self.fields["department"].empty_label = _("全部处室")  # type: ignore[attr-defined]
        for name, field in self.LISTS.items():
            self.initial[name] = "、".join(getattr(self.instance, field))

    def clean(self) -> dict[str, Any]:
        """The words of each kind become a list."""
        data: dict[str, Any] = super().clean() or {}
        for name, field in self.LISTS.items():
            setattr(self.instance, field, split_words(data.get(name, "")))
        return data


def split_words(text: str) -> list[str]:
    """Words written with 、 or a comma, semicolon or line between them."""
    return [word.strip() for word in re.split(r"[、，,；;\n]", text) if word.strip()]


class BindForm(forms.Form):
    """A volume to be: its title and number; the items are chosen in the table."""

    title = forms.CharField(label=_("案卷题名"), max_length=300)
    number = forms.IntegerField(
        label=_("案卷号"), required=False, min_value=1, max_value=9999, help_text=_("留空则接着上一卷编。")
    )
    project = forms.CharField(label=_("项目号"), required=False, max_length=20)

    def __init__(self, *args: Any, project: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not project:
            self.fields.pop("project")
        else:
            self.fields["project"].required = True
