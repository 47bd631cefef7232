"""What the authority file (规范档) says after a reform, of agencies that stand in it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict
from lantai.core.language import gettext as _

from ..authorities.models import Authority, AuthorityName, AuthorityRelation
from ..authorities.services import Name, relate, save_authority
from .models import Reform


def tell_authorities(reform: Reform) -> None:
    """One renamed keeps its old name as a former one; one that ended says when, and who came after.

    One that ceded departments says which and to whom.
    """
    for before, after in reform.result["names"]:
        found, heir = _agency(reform, before), _agency(reform, after)
        if found is None:
            continue
        if reform.kind != Reform.Kind.RENAME:
            _end(found, heir, after, reform)
        elif heir is None:
            _rename(found, after, reform)
    _tell_of_ceded(reform)


def _tell_of_ceded(reform: Reform) -> None:
    ceded = reform.result.get("ceded", ())
    for agency in dict.fromkeys(name for name, _department, _heir in ceded):
        if found := _agency(reform, agency):
            mine = [(department, heir) for name, department, heir in ceded if name == agency]
            _say(found, {}, ceded_in_words(reform, mine), [], reform)


def ceded_in_words(held: Reform, ceded: Sequence[tuple[str, str]]) -> str:
    """What a history says of departments that went to others, each with where it went."""
    told = "，".join(
        _("%(department)s划归%(heir)s") % {"department": department, "heir": heir}
        for department, heir in ceded
    )
    return _("%(day)s，依据%(document)s，%(told)s。") % {
        "day": held.effective_on, "document": held.document, "told": told,
    }  # fmt: skip


def _agency(reform: Reform, name: str) -> Authority | None:
    """The one of that name; where several share it, a person has to say which."""
    rows = Authority.objects.filter(archive=reform.archive_id, kind=Authority.Kind.AGENCY, name=name)
    found = list(rows[:2])
    return found[0] if len(found) == 1 else None


def _rename(found: Authority, after: str, reform: Reform) -> None:
    sentence = _("%(day)s，依据%(document)s，%(before)s更名为%(after)s。") % {
        "day": reform.effective_on, "document": reform.document, "before": found.name, "after": after,
    }  # fmt: skip
    former = Name(found.name, AuthorityName.Kind.FORMER, until_text=reform.effective_on.isoformat())
    _say(found, {"name": after}, sentence, [former], reform)


def _end(found: Authority, heir: Authority | None, after: str, reform: Reform) -> None:
    day = reform.effective_on
    sentence = _("%(day)s，依据%(document)s，%(agency)s撤销，由%(heirs)s承继。") % {
        "day": day, "document": reform.document, "agency": found.name, "heirs": after,
    }  # fmt: skip
    ends = not found.ended_text and (found.started is None or found.started <= day)
    _say(found, {"ended_text": day.isoformat()} if ends else {}, sentence, [], reform)
    if heir is not None:
        with suppress(Conflict):  # the file says so already, or says the contrary: people's word stands
            relate(
                source=found, target=heir, kind=AuthorityRelation.Kind.EARLIER, date_text=day.isoformat(),
                note=reform.document, actor=SYSTEM,
            )  # fmt: skip


def _say(found: Authority, values: dict[str, str], sentence: str, names: list[Name], reform: Reform) -> None:
    known = [
        Name(row.name, row.kind, row.since_text, row.until_text)
        for row in found.names.exclude(kind=AuthorityName.Kind.AUTHORISED)
    ]
    history = f"{found.history.rstrip()}\n{sentence}".lstrip()
    save_authority(
        authority=found, values={**values, "history": history}, names=[*known, *names],
        reason=reform.document, actor=SYSTEM,
    )  # fmt: skip
