"""Forms of the institutions' pages."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .models import Department, Organisation, Person, Region
from .rights import classifications
from .roles import keys_of, role_label, roles

ACTS = [("entry", _("看目录")), ("original", _("看原文")), ("print", _("打印")), ("download", _("下载"))]
MARKS = [
    ("unreviewed", _("未审核")),
    ("open", _("开放")),
    ("controlled", _("控制")),
    ("postponed", _("延期开放")),
]
DAY = forms.DateInput(attrs={"type": "date"})


class LoginForm(forms.Form):
    """User name and password."""

    username = forms.CharField(
        label=_("账号"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("口令"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def refuse(self) -> None:
        """Says that the pair is wrong, without telling which of the two."""
        self.add_error(None, _("账号或口令不对，或账号已停用。请核对后再试；连续输错会暂停登录。"))

    def refuse_here(self) -> None:
        """Says that the account has no business in this network."""
        self.add_error(None, _("这个账号的角色不在本网络办理业务，请到单位内部网络上的平台登录。"))


class CodeForm(forms.Form):
    """The code of an authenticator, or a recovery code."""

    code = forms.CharField(
        label=_("动态口令"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}
        ),
    )


class EnrolForm(CodeForm):
    """The new authenticator's code; where one is replaced, also what proves who asks."""

    old = forms.CharField(
        label=_("原来的动态口令，或登录口令"),
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text=_("证明是您本人在更换。也可以用一个未用过的恢复码。"),
    )

    def __init__(self, *given: Any, replaces: bool, **named: Any) -> None:
        super().__init__(*given, **named)
        if not replaces:
            del self.fields["old"]


class PasswordForm(forms.Form):
    """The old password and the new one, twice."""

    old = forms.CharField(
        label=_("原口令"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=_("新口令"),
        strip=False,
        help_text=_("至少 10 位，大写、小写、数字、其他字符中至少三类；不能与最近 5 次的相同。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("再输一遍新口令"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        """The two new passwords are the same."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("new") != data.get("again"):
            self.add_error("again", _("两次输入的新口令不一样。"))
        return data


class AccountForm(forms.Form):
    """A new account."""

    username = forms.CharField(label=_("账号"), max_length=60)
    full_name = forms.CharField(label=_("姓名"), max_length=60)
    organisation = forms.ModelChoiceField(
        Organisation.objects.filter(active=True), label=_("所属单位"), required=False
    )
    department = forms.ModelChoiceField(
        Department.objects.select_related("organisation"), label=_("所属处室"), required=False
    )
    unified_id = forms.CharField(
        label=_("统一身份标识"),
        max_length=200,
        required=False,
        help_text=_("统一身份认证平台中的用户标识；不使用统一登录可留空。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].label_from_instance = (  # type: ignore[attr-defined]
            lambda department: f"{department.organisation} · {department}"
        )


class AppointForm(forms.Form):
    """A role for a term."""

    role = forms.ChoiceField(label=_("角色"))
    until = forms.DateField(label=_("任至"), required=False, widget=DAY, help_text=_("留空为长期。"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        public = keys_of("public")
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (key, role_label(key)) for key in roles() if key not in public
        ]


class GrantForm(forms.Form):
    """Rights over records for a term."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.all(), label=_("哪家单位的档案"), help_text=_("形成单位或保管的档案馆。")
    )
    category = forms.CharField(label=_("门类代码"), max_length=20, required=False, help_text=_("例如 WS。"))
    year_from = forms.IntegerField(label=_("年度起"), required=False, min_value=1000, max_value=2999)
    year_to = forms.IntegerField(label=_("年度止"), required=False, min_value=1000, max_value=2999)
    classification_max = forms.ChoiceField(label=_("密级上限"), required=False)
    opening_marks = forms.MultipleChoiceField(
        label=_("开放标识"),
        choices=MARKS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("不选为不限。"),
    )
    acts = forms.MultipleChoiceField(label=_("许可"), choices=ACTS, widget=forms.CheckboxSelectMultiple)
    until = forms.DateField(label=_("授权至"), widget=DAY, help_text=_("含当日。"))
    reason = forms.CharField(label=_("事由"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["classification_max"].choices = [  # type: ignore[attr-defined]
            (word, word or _("未标密级")) for word in classifications()
        ]


class RegionForm(forms.Form):
    """A division of the tree."""

    parent = forms.ModelChoiceField(Region.objects.all(), label=_("上级"), required=False)
    name = forms.CharField(label=_("名称"), max_length=100)
    division_code = forms.CharField(
        label=_("行政区划代码"), max_length=12, help_text=_("6 位、9 位（乡镇）或 12 位（村）数字。")
    )


class OrganisationForm(forms.Form):
    """An archive, agency, village or supervisor."""

    region = forms.ModelChoiceField(Region.objects.all(), label=_("行政区域"))
    kind = forms.ChoiceField(label=_("类型"), choices=Organisation.Kind.choices)
    name = forms.CharField(label=_("名称"), max_length=200)
    code = forms.CharField(label=_("机构代码"), max_length=40)
    archive = forms.ModelChoiceField(
        Organisation.objects.filter(kind=Organisation.Kind.ARCHIVE), label=_("进馆档案馆"), required=False
    )
    parent = forms.ModelChoiceField(Organisation.objects.all(), label=_("上级单位"), required=False)


class DepartmentForm(forms.Form):
    """A department of an organisation."""

    name = forms.CharField(label=_("名称"), max_length=100)
    code = forms.CharField(label=_("代码"), max_length=40)
    kind = forms.ChoiceField(label=_("类型"), choices=Department.Kind.choices)


class ApiKeyForm(forms.Form):
    """A key for an office system."""

    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("单位"))
    label = forms.CharField(label=_("用途"), max_length=100, help_text=_("例如：办公系统归档接口。"))
    rate_per_minute = forms.IntegerField(
        label=_("每分钟次数"),
        min_value=1,
        max_value=60_000,
        initial=600,
        help_text=_("超过的调用会被请求稍后重试。"),
    )
    expires_at = forms.DateField(label=_("有效期至"), widget=DAY, help_text=_("含当日，最长两年。"))


class ReviewForm(forms.Form):
    """A statement that a log was read."""

    note = forms.CharField(
        label=_("审查意见"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("例如：已逐条核对，未见异常。"),
    )


def end_of(day: Any) -> datetime | None:
    """The moment a day is over, which is when a term that includes it ends."""
    if day is None:
        return None
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def day_of(moment: datetime | None) -> Any:
    """The last day of a term that ends at a moment."""
    return None if moment is None else timezone.localdate(moment - timedelta(microseconds=1))


def people_matching(text: str) -> Any:
    """The accounts whose user name or full name contains the text."""
    people = Person.objects.select_related("organisation")
    return people.filter(username__icontains=text) | people.filter(full_name__icontains=text)
