"""Lists under the figures on a desk: the few things themselves, with the way to all of them."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django.utils.translation import gettext as _

from lantai.capture import api as capture
from lantai.core.actors import Actor
from lantai.institutions.api import Organisation
from lantai.opening import api as opening
from lantai.supervision import api as supervision
from lantai.transfer import api as transfer
from lantai.ui.api import address_of, date_in_words
from lantai.vault import api as vault

SHOWN = 5
AGENCIES_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Row:
    """One thing: what it is, where it is dealt with, and how it stands."""

    title: str
    url: str
    at: datetime.datetime | None = None
    who: str = ""
    code: str = ""
    state: str = ""
    state_label: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A few rows under a heading, the way to all of them, and what is said when there is none.

    Where nothing is said of there being none, the group is left out then.
    """

    title: str
    empty: str
    rows: Sequence[Row] = field(default=())
    more: str = ""
    url: str = ""


def lists_for(actor: Actor) -> dict[str, Any]:
    """Groups of rows, the drop zone and the search box, as far as the actor's roles reach."""
    built = (build(actor) for roles, build in _GROUPS if roles & actor.roles)
    groups = [group for group in built if group.rows or group.empty]
    hands_in = bool({"clerk", "record_archivist"} & actor.roles) and actor.organisation_id is not None
    house = actor.organisation_id
    village = house is not None and Organisation.objects.filter(id=house, kind="village").exists()
    return {
        "groups": groups,
        "reminder": reminder_for(actor),
        "village_url": address_of("capture:village") if hands_in and village else "",
        "drop_url": address_of("capture:submit") if hands_in else "",
        "drop_key": uuid4() if hands_in else "",
        "search_box": "lookup_desk" in actor.roles,
    }


def _submissions(actor: Actor) -> Group:
    """Batches that came back or are still on their way, newest first."""
    finished_well = capture.Submission.State.ACCEPTED
    rows = capture.submissions_for(actor).exclude(state=finished_well).filter(resubmissions=None)
    return Group(
        title=_("要改的与在办的"),
        empty=_("送来的都已归档，没有要改的。"),
        rows=[
            Row(
                title=row.title,
                url=address_of("capture:submission", row.id),
                at=row.received_at,
                who=row.submitted_by_name,
                state=row.state,
            )
            for row in rows.order_by("-received_at", "-id")[:SHOWN]
        ],
        more=_("全部批次"),
        url=address_of("capture:submissions"),
    )


def _missing(actor: Actor) -> Group:
    """What has not come, the oldest due first."""
    rows = capture.owed_by(actor).filter(state=capture.Expectation.State.OVERDUE)
    return Group(
        title=_("本单位还有哪些没有归"),
        empty=_("没有逾期未归的。"),
        rows=[
            Row(
                title=row.title,
                url=address_of("capture:owed"),
                code=row.number,
                state=row.state,
                words=_("应于 %(due)s 前归档") % {"due": row.due_on},
            )
            for row in rows.order_by("due_on", "id")[:SHOWN]
        ],
        more=_("全部，去归档或说明"),
        url=address_of("capture:owed"),
    )


def reminder_for(actor: Actor) -> supervision.Reminder | None:
    """What the supervisor reminds the actor's agency of, as long as it stands."""
    if actor.organisation_id is None:
        return None
    return supervision.standing_reminder(actor.organisation_id, actor.roles)


def _ready(actor: Actor) -> Group:
    ready = transfer.ready_years(actor.organisation_id) if actor.organisation_id else []
    return Group(
        title=_("可以移交的"),
        empty=_("还没有档号已定、可以移交的年度。"),
        rows=[
            Row(
                title=_("%(fonds)s %(year)s 年") % {"fonds": year.fonds_name, "year": year.year},
                url=address_of("transfer:prepare"),
                code=year.fonds_code,
                words=_("%(count)s 件，档号已定") % {"count": f"{year.records:,}"},
            )
            for year in ready[:SHOWN]
        ],
    )


def _accounts(actor: Actor) -> Group:
    """Accounting records whose year with the accounting office is over."""
    held = capture.custodies(actor.organisation_id) if actor.organisation_id else []
    return Group(
        title=_("会计机构应移交的"),
        empty="",
        rows=[
            Row(
                title=_("%(year)s 会计年度") % {"year": custody.year},
                url=address_of("capture:accounts"),
                words=_("%(count)s 件，应在 %(due)s 前移交档案机构，最迟 %(latest)s")
                % {"count": f"{custody.records:,}", "due": custody.due, "latest": custody.latest},
            )
            for custody in held
            if custody.standing != "custody"
        ],
    )


def _coming(actor: Actor) -> Group:
    if actor.organisation_id is None:
        waiting = transfer.Handover.objects.none()
    else:
        waiting = transfer.waiting_handovers(actor.organisation_id)
    return Group(
        title=_("等您接收的"),
        empty=_("没有等待接收的移交。"),
        rows=[
            Row(
                title=row.title,
                url=address_of("transfer:handover", row.id),
                at=row.submitted_at,
                who=row.agency.name,
                state=row.state,
                state_label=row.get_state_display(),
            )
            for row in waiting[:SHOWN]
        ],
        more=_("全部移交"),
        url=address_of("transfer:handovers"),
    )


def _review(actor: Actor) -> Group:
    return Group(
        title=_("等您审核的"),
        empty=_("没有到期待审核的档案。"),
        rows=[
            Row(
                title=record.title,
                url=address_of("records:record", record.id),
                who=record.fonds.name,
                code=record.reference_code,
                words=date_in_words(record.date_text),
            )
            for record in opening.oldest_due(actor, SHOWN)
        ],
        more=_("去审核"),
        url=address_of("opening:queue"),
    )


def _damage(_actor: Actor) -> Group:
    broken = vault.Copy.objects.filter(state__in=("damaged", "missing")).select_related("object__record")
    return Group(
        title=_("要修复的副本"),
        empty=_("没有损坏或缺失的副本。"),
        rows=[
            Row(
                title=copy.object.record.title if copy.object.record else copy.object.object_id,
                url=address_of("vault:health"),
                at=copy.checked_at,
                who=copy.store,
                state=copy.state,
                words=copy.detail,
            )
            for copy in broken.order_by("-checked_at", "-id")[:SHOWN]
        ],
        more=_("总库与副本"),
        url=address_of("vault:health"),
    )


def _agencies(actor: Actor) -> Group:
    """Who is late, with what, since when: the worst of the region."""
    found = supervision.lines(actor)
    return Group(
        title=_("各单位归档"),
        empty=_("本区域还没有登记立档单位。"),
        rows=[
            Row(
                title=line.agency.name,
                url=address_of("supervision:agency", line.agency.id),
                code=line.agency.code,
                state="overdue" if line.overdue else "met",
                state_label=_("%(count)s 项逾期未归") % {"count": line.overdue}
                if line.overdue
                else _("没有逾期"),
                words="，".join(f"{words} {count}" for words, count in line.grounds),
            )
            for line in found[:AGENCIES_SHOWN]
        ],
        more=_("全部 %(total)s 家，可筛选、导出") % {"total": len(found)},
        url=address_of("supervision:agencies"),
    )


_GROUPS: list[tuple[frozenset[str], Callable[[Actor], Group]]] = [
    (frozenset({"clerk", "record_archivist"}), _submissions),
    (frozenset({"clerk", "record_archivist"}), _missing),
    (frozenset({"record_archivist"}), _ready),
    (frozenset({"record_archivist"}), _accounts),
    (frozenset({"receiving_archivist"}), _coming),
    (frozenset({"reviewer"}), _review),
    (frozenset({"preservation_archivist"}), _damage),
    (frozenset({"supervisor"}), _agencies),
]
