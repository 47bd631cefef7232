"""What a clerk adds to messages and captured pages, which cannot say it of themselves."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from ..fields import ClassificationField, KeyedForm, TermField


class CompletingForm(KeyedForm):
    """What no message and no page says of itself; see :mod:`.completing`."""

    title = forms.CharField(label=_("批次名称"), max_length=200, required=False)
    retention = TermField()
    classification = ClassificationField()

    def described(self) -> dict[str, str]:
        """By DA/T 46 code or name, as :mod:`.completing` wants it."""
        values = {"M12": self.cleaned_data["retention"], "M38": self.cleaned_data["classification"]}
        return {name: value for name, value in values.items() if value}
