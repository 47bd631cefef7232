"""What fonds files and reforms ask of a person."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantai.institutions.api import Department, Organisation

from .groups import group_choices
from .models import Reform
from .parties import Heir, Parties

HEIRS = 3
"""Successors a split can be given on the page; the command takes any number."""


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        initial=timezone.localdate,
    )


class PaperForm(forms.Form):
    """A paper for the file of a fonds."""

    file = forms.FileField(label=_("文件"), help_text=_("PDF、OFD、DOCX、XLSX 或图片，10 MiB 以内。"))
    title = forms.CharField(label=_("题名"), max_length=300)
    group = forms.ChoiceField(label=_("类别"))
    made_on = _day(_("日期"))
    responsible = forms.CharField(label=_("责任者"), max_length=200, required=False)
    note = forms.CharField(label=_("备注"), max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].choices = group_choices()  # type: ignore[attr-defined]


class ReformForm(forms.Form):
    """What every reform says; each kind adds whom it concerns."""

    document = forms.CharField(label=_("依据文件（名称和文号）"), max_length=300)
    effective_on = _day(_("生效日期"))
    note = forms.CharField(label=_("说明"), required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(
        self, *args: Any, agencies: Any, predecessor: Organisation | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.agencies = [(row.code, f"{row.name}（{row.code}）") for row in agencies]
        self.predecessor = predecessor
        self.add_parties()

    def add_parties(self) -> None:
        """Adds the fields of the kind."""

    def heir(self, place: int, label: Any) -> None:
        """Fields of one successor: one that stands, or a new one."""
        self.fields[f"heir-{place}"] = forms.ChoiceField(
            label=label, choices=[("", _("新设单位")), *self.agencies], required=False
        )
        self.fields[f"name-{place}"] = forms.CharField(
            label=_("新设单位名称"), max_length=200, required=False, help_text=_("选择已有单位的不填。")
        )
        self.fields[f"code-{place}"] = forms.CharField(
            label=_("新设单位机构代码"), max_length=40, required=False
        )
        self.fields[f"fonds-{place}"] = forms.CharField(
            label=_("新全宗号"), max_length=16, required=False,
            help_text=_("给承继单位建立全宗，沿用原分类方案；已有全宗的不填。"),
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """A successor is one that stands, or a new one with both name and code."""
        values = super().clean() or self.cleaned_data
        for place in range(1, HEIRS + 1):
            name, code = (values.get(f"{field}-{place}", "").strip() for field in ("name", "code"))
            if values.get(f"heir-{place}") and (name or code):
                self.add_error(f"heir-{place}", _("选了已有单位，就不要再填新设单位的名称和代码。"))
            elif not values.get(f"heir-{place}") and bool(name) != bool(code):
                self.add_error(f"{'code' if name else 'name'}-{place}", _("新设单位的名称和机构代码都要填。"))
        return values

    def given_heir(self, place: int, departments: tuple[str, ...] = ()) -> Heir | None:
        """The successor a person named, if any."""
        values = self.cleaned_data
        standing, fonds = values.get(f"heir-{place}", ""), values.get(f"fonds-{place}", "").strip()
        if standing:
            return Heir(standing, "", departments, fonds)
        name, code = values.get(f"name-{place}", "").strip(), values.get(f"code-{place}", "").strip()
        return Heir(code, name, departments, fonds) if name and code else None

    def parties(self) -> Parties:
        """Everybody named."""
        raise NotImplementedError


class RenameForm(ReformForm):
    """An agency takes another name."""

    def add_parties(self) -> None:
        """The agency and its new name."""
        self.fields["agency"] = forms.ChoiceField(label=_("单位"), choices=self.agencies)
        self.fields["new_name"] = forms.CharField(label=_("新名称"), max_length=200)
        self.order_fields(["agency", "new_name"])

    def parties(self) -> Parties:
        """The one agency."""
        return Parties((self.cleaned_data["agency"],), (), self.cleaned_data["new_name"].strip())


class MergeForm(ReformForm):
    """Several agencies become one."""

    def add_parties(self) -> None:
        """Those that end, and the one that goes on."""
        self.fields["agencies"] = forms.MultipleChoiceField(
            label=_("合并的单位（撤销）"), choices=self.agencies, widget=forms.CheckboxSelectMultiple,
            help_text=_("并入已有单位的，只勾撤销的那个，承继单位选已有的那个。"),
        )  # fmt: skip
        self.heir(1, _("承继单位"))
        self.order_fields(["agencies", "heir-1", "name-1", "code-1", "fonds-1"])

    def parties(self) -> Parties:
        """All of them to the one."""
        heir = self.given_heir(1)
        return Parties(tuple(self.cleaned_data["agencies"]), (heir,) if heir else ())


class SplitForm(ReformForm):
    """One agency becomes several; each department goes to one of them."""

    numbered = _("承继单位 %(place)s")
    stays: tuple[tuple[str, Any], ...] = ()
    """What a department may do instead of going."""

    def add_parties(self) -> None:
        """The heirs, then a choice for each department."""
        places = [(str(place), self.numbered % {"place": place}) for place in range(1, HEIRS + 1)]
        for place, label in places:
            self.heir(int(place), label)
        self.departments: list[Department] = (
            list(self.predecessor.departments.order_by("code")) if self.predecessor else []
        )
        for department in self.departments:
            self.fields[f"goes-{department.id}"] = forms.ChoiceField(
                label=_("%(name)s 划归") % {"name": department.name}, choices=[*self.stays, *places],
                required=not self.stays,
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Departments go to heirs that are named."""
        values = super().clean()
        for department in self.departments:
            place = values.get(f"goes-{department.id}")
            if place and self.given_heir(int(place)) is None:
                who = self.numbered % {"place": place}
                self.add_error(f"goes-{department.id}", _("%(who)s 还没有填。") % {"who": who})
        return values

    def parties(self) -> Parties:
        """The agency that ends, and its heirs with their departments."""
        heirs = []
        for place in range(1, HEIRS + 1):
            mine = tuple(
                str(row.id) for row in self.departments if self.cleaned_data[f"goes-{row.id}"] == str(place)
            )
            if heir := self.given_heir(place, mine):
                heirs.append(heir)
        return Parties((self.predecessor.code,) if self.predecessor else (), tuple(heirs))


class CedeForm(SplitForm):
    """An agency that goes on gives some of its departments to others."""

    numbered = _("划入单位 %(place)s")
    stays = (("", _("留在原单位")),)


FORMS: dict[str, type[ReformForm]] = {
    Reform.Kind.RENAME: RenameForm,
    Reform.Kind.MERGE: MergeForm,
    Reform.Kind.SPLIT: SplitForm,
    Reform.Kind.CEDE: CedeForm,
}
