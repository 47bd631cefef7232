"""Small makers of what a test stands on."""

from lantai.core.actors import SYSTEM, Actor
from lantai.institutions.api import Department, Organisation, Region
from lantai.records.api import (
    DocumentDraft,
    Fonds,
    RecordDraft,
    Scheme,
    approve_schedule,
    create_records,
    submit_schedule,
)


def region():
    return Region.objects.get_or_create(division_code="990100", defaults={"name": "云州市", "path": "9901"})[
        0
    ]


def organisation(code="990100-A", name="云州市档案馆", kind="archive", archive=None):
    return Organisation.objects.get_or_create(
        code=code, defaults={"name": name, "kind": kind, "region": region(), "archive": archive}
    )[0]


def archive():
    return organisation()


def agency():
    return organisation("990100-001", "云州市发展和改革委员会", "agency", archive())


def department():
    return Department.objects.get_or_create(organisation=agency(), code="BGS", defaults={"name": "办公室"})[0]


def fonds(code="J001"):
    return Fonds.objects.get_or_create(
        archive=archive(), code=code, defaults={"creator": agency(), "name": "云州市发展和改革委员会"}
    )[0]


def scheme(template="dat22.item.unit", category="WS", year_from=2003, year_to=None, **values):
    return Scheme.objects.create(
        fonds=values.pop("fonds", None) or fonds(),
        category=category,
        name=values.pop("name", "文书档案"),
        year_from=year_from,
        year_to=year_to,
        arrangement=values.pop("arrangement", "item"),
        code_template=template,
        **values,
    )


def draft(**values):
    return RecordDraft(
        **{
            "fonds_id": fonds().id,
            "agency_id": agency().id,
            "title": "关于印发《云州市数字档案馆建设方案》的通知",
            "year": 2024,
            "retention": "Y",
            "unit_code": "BGS",
            **values,
        }
    )


def record(**values):
    return create_records([draft(**values)], SYSTEM)[0]


def receiver():
    """Who approves at the archive."""
    return Actor(
        id="receiver", name="周婷", via="web", roles=frozenset({"receiving_archivist"}),
        organisation_id=archive().id,
    )  # fmt: skip


def approve(schedule):
    """Sends a schedule and has the archive approve it."""
    submit_schedule(schedule=schedule, actor=SYSTEM)
    return approve_schedule(schedule=schedule, approval_number="云档审〔2024〕1号", actor=receiver())


def with_documents(*roles, **values):
    """A record with one document a role, named by it."""
    documents = [DocumentDraft(original_name=f"{role}.pdf", role=role, page_count=2) for role in roles]
    return record(documents=documents, page_count=2 * len(roles), **values)
