"""Papers of authority records (``core.ports.PaperPart``): each with its names, relations and versions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from lantai.core.plainrows import plain_rows, restore_rows
from lantai.core.ports import subject_ids

from ..description.papers import archives_of, with_archives
from .models import Authority, AuthorityName, AuthorityRelation, AuthorityVersion


class AuthorityPapers:
    """Agencies and persons; a relation is told by both and made again once both stand."""

    key = "catalogue.authority"
    order = 42
    kinds: Collection[str] = ("authority",)

    def describe(self, subjects: Sequence[str]) -> Mapping[UUID, Mapping[str, Any]]:
        """Everything known of each."""
        papers = with_archives("authority", Authority.objects.filter(id__in=subject_ids(subjects)))
        for key, paper in papers.items():
            paper["names"] = list(plain_rows(AuthorityName.objects.filter(authority=key).order_by("id")))
            paper["versions"] = list(
                plain_rows(AuthorityVersion.objects.filter(authority=key).order_by("number"))
            )
            relations = AuthorityRelation.objects.filter(Q(source=key) | Q(target=key)).order_by("id")
            paper["relations"] = list(plain_rows(relations))
        return papers

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Makes them again. The newest paper comes first: an older one adds nothing to it but relations."""
        known = set(Authority.objects.filter(id__in=list(parts)).values_list("id", flat=True))
        fresh = [part for key, part in parts.items() if key not in known]
        with transaction.atomic():
            ids = archives_of(fresh)
            restore_rows(Authority, (part["authority"] for part in fresh), ids)
            restore_rows(AuthorityName, (row for part in fresh for row in part["names"]))
            restore_rows(AuthorityVersion, (row for part in fresh for row in part["versions"]))
            _restore_relations([row for part in fresh for row in part["relations"]])


def _restore_relations(rows: Sequence[Mapping[str, Any]]) -> None:
    """Those of which both stand; the one that comes later tells them again."""
    ends = {row[side] for row in rows for side in ("source", "target")}
    standing = set(map(str, Authority.objects.filter(id__in=ends).values_list("id", flat=True)))
    restore_rows(AuthorityRelation, (row for row in rows if {row["source"], row["target"]} <= standing))
