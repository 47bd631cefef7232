"""Whom a reform concerns: who ends, who goes on, and where departments go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.institutions.api import Organisation
from lantai.records.api import Fonds

from .models import Reform

Kind = Reform.Kind
FEWEST = {Kind.RENAME: (1, 0), Kind.MERGE: (2, 1), Kind.SPLIT: (1, 2), Kind.CEDE: (1, 1)}
"""Predecessors and successors that each kind takes at least."""


@dataclass(frozen=True, slots=True)
class Heir:
    """One that goes on: an agency there is, by its code, or a new one by code and name.

    Attributes:
        code: code of the organisation.
        name: of a new one; empty where it stands already.
        departments: ids of the predecessor's departments that go there.
        fonds_code: of a new fonds for it; empty where it has one or none is wanted yet.
    """

    code: str
    name: str = ""
    departments: tuple[str, ...] = ()
    fonds_code: str = ""


@dataclass(frozen=True, slots=True)
class Parties:
    """Everybody concerned. The first heir is the main one: it answers for the whole of what was made.

    Where departments are ceded there is no main one: the agency goes on and answers itself.
    """

    predecessors: tuple[str, ...]
    heirs: tuple[Heir, ...] = ()
    new_name: str = ""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, as a reform keeps it."""
        return asdict(self)


def parties_of(values: dict[str, Any]) -> Parties:
    """The parties a reform keeps."""
    heirs = tuple(
        Heir(**{**row, "departments": tuple(row.get("departments", ()))}) for row in values.get("heirs", ())
    )
    return Parties(tuple(values["predecessors"]), heirs, values.get("new_name", ""))


@dataclass(slots=True)
class Named:
    """Parties with their organisations; a new one stands unsaved."""

    predecessors: list[Organisation] = field(default_factory=list)
    heirs: list[tuple[Heir, Organisation | None]] = field(default_factory=list)


def name_parties(archive: Organisation, kind: str, parties: Parties) -> Named:
    """Finds everybody and refuses what contradicts itself.

    Raises:
        Invalid: too few or the same twice, one the archive does not receive from, a department of another.
    """
    _check_numbers(Kind(kind), parties)
    named = Named([_agency(archive, code) for code in parties.predecessors])
    leaving = {row.code for row in named.predecessors}
    for heir in parties.heirs:
        if heir.code in leaving:
            raise Invalid(_("原单位不能同时是承继单位。"), subject=heir.code)
        named.heirs.append((heir, None if heir.name else _agency(archive, heir.code)))
        if heir.name and Organisation.objects.filter(code=heir.code).exists():
            raise Invalid(_("该机构代码已登记。"), subject=heir.code, remedy=_("已有的单位不要再填名称。"))
    if kind == Kind.RENAME:
        _check_new_name(named.predecessors[0], parties.new_name.strip())
    _check_departments(named)
    if kind == Kind.CEDE:
        _check_ceded(named)
    _check_free(archive, named, parties)
    return named


def _check_numbers(kind: Kind, parties: Parties) -> None:
    """As many as the kind takes, none twice; that one agency is merged into another that stands will do."""
    before, after = set(parties.predecessors), {heir.code for heir in parties.heirs}
    told = (len(parties.predecessors), len(parties.heirs))
    fewest = FEWEST[kind]
    if kind == Kind.MERGE and parties.heirs and not parties.heirs[0].name:
        fewest = (1, 1)
    if len(before) < fewest[0] or len(after) < fewest[1] or told != (len(before), len(after)):
        raise Invalid(
            _("%(kind)s至少要有 %(from)s 个原单位、%(to)s 个承继单位，且不能重复。")
            % {"kind": kind.label, "from": fewest[0], "to": fewest[1]},
            remedy=_("一个单位并入另一个单位的，承继单位请选那个已有的单位。") if kind == Kind.MERGE else "",
        )


def _check_new_name(agency: Organisation, name: str) -> None:
    if not name:
        raise Invalid(_("请填写新名称。"))
    if name == agency.name:
        raise Invalid(_("新名称与现名相同。"), subject=name)


def _check_free(archive: Organisation, named: Named, parties: Parties) -> None:
    """No name of another agency that stands, no code of a fonds there is."""
    names = [parties.new_name.strip(), *(heir.name for heir, _row in named.heirs)]
    others = Organisation.objects.filter(active=True, archive=archive, name__in=[n for n in names if n])
    if taken := others.exclude(id__in=[row.id for row in named.predecessors]).first():
        raise Invalid(
            _("已有同名的单位。"), subject=f"{taken.name}（{taken.code}）",
            remedy=_("就是这个单位的，请用合并，并选它为承继单位。"),
        )  # fmt: skip
    codes = [heir.fonds_code for heir, _row in named.heirs if heir.fonds_code]
    standing = Fonds.objects.filter(archive=archive, code__in=codes).first()
    if standing or len(codes) != len(set(codes)):
        raise Invalid(
            _("本馆已有这个全宗号。"), subject=str(standing or codes[0]), remedy=_("请另编全宗号。")
        )


def _agency(archive: Organisation, code: str) -> Organisation:
    found = (
        Organisation.objects.filter(code=code, archive=archive, active=True).select_related("region").first()
    )
    if found is None:
        raise Invalid(
            _("没有这个单位，它已撤销，或者它的档案不由本馆接收。"), subject=code,
            remedy=_("请在“机构”页核对。"),
        )  # fmt: skip
    return found


def _check_departments(named: Named) -> None:
    own = {str(key) for row in named.predecessors for key in row.departments.values_list("id", flat=True)}
    listed: list[str] = [key for heir, _row in named.heirs for key in heir.departments]
    if set(listed) - own or len(listed) != len(set(listed)):
        raise Invalid(_("所列处室不属于原单位，或者重复列出。"))


def _check_ceded(named: Named) -> None:
    """Something goes from each of those that cede, and to each that receives."""
    if not all(heir.departments for heir, _row in named.heirs):
        raise Invalid(_("每个划入单位都要有划来的处室。"), remedy=_("单位整个并入的，请用合并。"))
    going = {key for heir, _row in named.heirs for key in department_ids(heir.departments)}
    for agency in named.predecessors:
        if not agency.departments.filter(id__in=going).exists():
            raise Invalid(_("这个单位没有划出的处室。"), subject=agency.name)


def department_ids(keys: Sequence[str]) -> list[UUID]:
    """Departments as ids."""
    return [UUID(key) for key in keys]
