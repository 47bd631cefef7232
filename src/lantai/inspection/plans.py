"""Inspection plans of an archive (检测方案): by stage and category, a new version with every change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from lantai.core.actors import Actor
from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.core.ports import Scope, require
from lantai.institutions.api import Organisation
from lantai.ledger.api import append
from lantai.packages.api import Package

from .models import PlanVersion
from .registry import Plan, plan
from .report import Stage

STAGES: tuple[Stage, ...] = ("GD", "YJ", "BC")
MAX_WEIGHT = 100
Settings = Mapping[str, Mapping[str, Any]]
"""``in_plan``, ``blocking`` and ``weight`` by key of the check."""


def plan_in_force(archive_id: UUID | None, stage: Stage, category: str = "") -> Plan:
    """The plan an archive inspects by; its own for the category, else for all, else the platform's."""
    for wanted in dict.fromkeys((category, "")):
        latest = version_in_force(archive_id, stage, wanted)
        if latest is not None:
            shown = f"{plan().version}/{latest.category or stage}.{latest.version}"
            return plan().adapted(shown, stage, latest.checks)
    return plan()


def category_of(package: Package) -> str:
    """The class (门类) all items of a package are of, as its declaration or they themselves say; else empty.

    Kinds whose items are all of one class are asked no further than the first.
    """
    if package.declaration.category.strip():
        return package.declaration.category.strip()
    told: set[str] = set()
    for item in package:
        told.add(item.extra.get("门类", "").strip())
        if package.whole is not None or len(told) > 1:
            break
    return told.pop() if len(told) == 1 else ""


def version_in_force(archive_id: UUID | None, stage: str, category: str = "") -> PlanVersion | None:
    """The newest version of one plan; ``None`` while the archive follows the platform's."""
    found = PlanVersion.objects.filter(archive_id=archive_id, stage=stage, category=category)
    return found.order_by("-version").first()


@transaction.atomic
def change_plan(
    *, archive: Organisation, stage: Stage, category: str, settings: Settings, note: str, actor: Actor
) -> PlanVersion:
    """A new version of an archive's plan; reports made before keep the one they were made by.

    Args:
        archive: whose plan.
        stage: ``GD``, ``YJ`` or ``BC``.
        category: class of records (门类); empty for all without a plan of their own.
        settings: what is to apply, check by check; what is not named stays as the platform sets it.
        note: why it is changed.
        actor: who changes it.

    Raises:
        Forbidden: the actor does not keep the rules of this archive.
        Invalid: an unknown check, a weight out of range, nothing changed, or no word on why.
    """
    require(actor, "inspection.change_plan", Scope(organisation_id=archive.id), subject=archive.name)
    if not note.strip():
        raise Invalid(_("请写明为什么修改方案。"), subject=stage)
    known = {key for key, rule in plan().rules.items() if stage in rule.codes}
    for key, setting in settings.items():
        if key not in known:
            raise Invalid(_("本环节没有这个检测项。"), subject=key)
        if not 0 <= int(setting["weight"]) <= MAX_WEIGHT:
            raise Invalid(_("权重应在 0 到 100 之间。"), subject=key)
    Organisation.objects.select_for_update().get(id=archive.id)
    latest = version_in_force(archive.id, stage, category)
    if latest is not None and latest.checks == settings:
        raise Invalid(_("方案没有变化。"), subject=stage)
    changed = PlanVersion.objects.create(
        archive=archive,
        stage=stage,
        category=category,
        version=(latest.version if latest else 0) + 1,
        checks={key: dict(setting) for key, setting in settings.items()},
        note=note.strip(),
        created_by=actor.id,
        created_by_name=actor.name,
    )
    append(
        act="inspection.change_plan",
        actor=actor,
        subject=f"plan:{changed.id}",
        before=latest.checks if latest else None,
        after={"stage": stage, "category": category, "version": changed.version, "checks": changed.checks},
    )
    return changed
