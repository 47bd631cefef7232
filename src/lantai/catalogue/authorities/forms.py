"""What an authority record asks of a person."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import Authority, AuthorityName, AuthorityRelation
from .services import FIELDS, Name

_KINDS = (
    (AuthorityName.Kind.FORMER, "former", _("曾用名")),
    (AuthorityName.Kind.SHORT, "short", _("简称")),
    (AuthorityName.Kind.VARIANT, "variant", _("别称")),
)


class AuthorityForm(forms.ModelForm[Authority]):
    """An authority record; names one a line, with the years they were in use behind a bar."""

    former = forms.CharField(
        label=_("曾用名"), required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("一行一个；可注明起止，如“云州县人民委员会|1955|1968”。"),
    )  # fmt: skip
    short = forms.CharField(
        label=_("简称"), required=False, widget=forms.Textarea(attrs={"rows": 2}), help_text=_("一行一个。")
    )
    variant = forms.CharField(
        label=_("别称"), required=False, widget=forms.Textarea(attrs={"rows": 2}), help_text=_("一行一个。")
    )
    reason = forms.CharField(label=_("修改原因"), required=False, max_length=300)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    field_order = ("kind", "name", "qualifier", "former", "short", "variant")

    class Meta:
        model = Authority
        fields = FIELDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and not self.instance._state.adding:
            self.fields["version"].initial = self.instance.version
            for kind, field, _label in _KINDS:
                rows = self.instance.names.filter(kind=kind)
                self.fields[field].initial = "\n".join(map(_written, rows))
        for name in ("history", "functions", "sources"):
            self.fields[name].widget = forms.Textarea(attrs={"rows": 3})

    def names(self) -> list[Name]:
        """The names besides the authorised one."""
        return [
            _read(line, kind)
            for kind, field, _label in _KINDS
            for line in self.cleaned_data[field].splitlines()
            if line.strip()
        ]

    def values(self) -> dict[str, str]:
        """What it says, by field."""
        return {name: self.cleaned_data[name] or "" for name in FIELDS}

    def validate_unique(self) -> None:
        """Left to the service, which says what to do about it."""


def _written(name: AuthorityName) -> str:
    parts = [name.name, name.since_text, name.until_text]
    return "|".join(parts) if name.since_text or name.until_text else name.name


def _read(line: str, kind: str) -> Name:
    name, since, until = [*(part.strip() for part in line.replace("｜", "|").split("|")), "", ""][:3]
    return Name(name, kind, since, until)


class RelationForm(forms.Form):
    """Another authority record, and what joins the two."""

    other = forms.CharField(
        label=_("另一条规范记录"), max_length=200, help_text=_("写它的规范名称或任何一个别称。")
    )
    relation = forms.ChoiceField(
        label=_("它是"),
        choices=[
            ("earlier", _("前身")), ("later", _("后身")), ("superior", _("上级")), ("subordinate", _("下级")),
            ("member", _("任职机构")), ("associated", _("相关")),
        ],
    )  # fmt: skip
    date_text = forms.CharField(label=_("时间"), max_length=60, required=False)
    note = forms.CharField(label=_("说明"), max_length=300, required=False)

    def ends(self, one: Authority, other: Authority) -> tuple[Authority, Authority, str]:
        """Source, target and kind as they are kept, from how they were said."""
        said = self.cleaned_data["relation"]
        turned = {"later": AuthorityRelation.Kind.EARLIER, "subordinate": AuthorityRelation.Kind.SUPERIOR}
        if said in turned or said in ("member", "associated"):
            return one, other, turned.get(said, said)
        return other, one, said


class AuthoritiesFileForm(forms.Form):
    """A table of authority records."""

    file = forms.FileField(
        label=_("CSV 文件"),
        help_text=_("首行写列名：规范名称、种类、曾用名、简称、别称、成立或出生、撤销或去世、前身、依据。"),
    )
    kind = forms.ChoiceField(label=_("没有写种类的是"), choices=Authority.Kind.choices)
