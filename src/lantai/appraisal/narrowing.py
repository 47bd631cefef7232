"""The list of what is due, narrowed to a fonds and a term, so that a whole of it can be appraised at once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from lantai.core.actors import Actor
from lantai.records.api import Fonds, Record, retention_term

from .selectors import due


class DueForm(forms.Form):
    """Which of the records whose term is over are listed."""

    fonds = forms.ModelChoiceField(
        Fonds.objects.none(), label=_("全宗"), required=False, empty_label=_("全部")
    )
    retention = forms.ChoiceField(label=_("保管期限"), required=False)

    def __init__(self, data: Any, actor: Actor) -> None:
        super().__init__(data)
        self._parts = due(actor)
        own = Q(archive=actor.organisation_id) | Q(creator=actor.organisation_id)
        self.fields["fonds"].queryset = Fonds.objects.filter(own).order_by("code")  # type: ignore[attr-defined]
        first = [
            code for rows in self._parts for code in rows.order_by().values_list("retention", flat=True)[:1]
        ]
        terms = sorted(map(retention_term, first), key=lambda term: term.years or 0)
        self.fields["retention"].choices = [("", _("全部")), *((term.code, term.name) for term in terms)]  # type: ignore[attr-defined]
        self.is_valid()

    @property
    def chosen(self) -> dict[str, str]:
        """What is asked for, as parameters; what is not offered is not asked for."""
        given = self.cleaned_data
        fonds = given.get("fonds")
        found = {"fonds": str(fonds.id) if fonds else "", "retention": given.get("retention", "")}
        return {name: value for name, value in found.items() if value}

    def rows(self) -> list[QuerySet[Record]]:
        """The records, a query a term; for ``ui.api.keyset_page``, by ``of_year``."""
        return [part.filter(**self.chosen) for part in self._parts]

    def count(self, most: int) -> int:
        """How many they are; counting ends a little beyond the most that matters."""
        return sum(part.order_by()[: most + 1].count() for part in self.rows())

    def ids(self, most: int) -> list[UUID]:
        """The records themselves, at most so many."""
        found: list[UUID] = []
        for part in self.rows():
            found += part.order_by("year", "id").values_list("id", flat=True)[: most - len(found)]
        return found
