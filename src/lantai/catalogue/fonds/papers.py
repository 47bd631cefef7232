"""Papers of fonds files and reforms (``core.ports.PaperPart``), with their bytes."""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from lantai.core.plainrows import plain_rows, restore_rows
from lantai.core.ports import subject_ids
from lantai.core.settings import home
from lantai.institutions.api import (
    describe_organisations,
    describe_successions,
    restore_organisations,
    restore_successions,
)
from lantai.records.api import Fonds

from .filing import write_paper
from .models import FondsPaper, Reform


class FondsFilePapers:
    """What lies in the files of the fonds."""

    key = "catalogue.fonds_paper"
    order = 20
    kinds: Collection[str] = ("fonds_paper",)

    def describe(self, subjects: Sequence[str]) -> Mapping[UUID, Mapping[str, Any]]:
        """Each paper with its file."""
        papers: dict[UUID, dict[str, Any]] = {}
        for row in plain_rows(FondsPaper.objects.filter(id__in=subject_ids(subjects))):
            path = home() / row["location"]
            content = path.read_bytes() if path.is_file() else b""
            papers[UUID(row["id"])] = {"paper": row, "content": base64.b64encode(content).decode("ascii")}
        return papers

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Makes those again whose fonds stands; a file that is there stays as it is."""
        standing = set(map(str, Fonds.objects.values_list("id", flat=True)))
        wanted = [part for part in parts.values() if part["paper"]["fonds"] in standing]
        restore_rows(FondsPaper, (part["paper"] for part in wanted))
        for part in wanted:
            path = home() / part["paper"]["location"]
            if part["content"] and not path.is_file():
                write_paper(path, base64.b64decode(part["content"]))


class ReformPapers:
    """Reforms, whom they concerned, and who answers for whom since."""

    key = "catalogue.reform"
    order = 8
    kinds: Collection[str] = ("reform",)

    def describe(self, subjects: Sequence[str]) -> Mapping[UUID, Mapping[str, Any]]:
        """Each reform with its agencies and successions."""
        papers: dict[UUID, dict[str, Any]] = {}
        for row in plain_rows(Reform.objects.filter(id__in=subject_ids(subjects))):
            successions = describe_successions(f"reform:{row['id']}")
            named = {row["archive"], *row["result"].get("organisations", ())}
            papers[UUID(row["id"])] = {
                "reform": row,
                "organisations": list(describe_organisations(named).values()),
                "successions": successions,
            }
        return papers

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Makes them again under their own keys."""
        rows = {row["id"]: row for part in parts.values() for row in part["organisations"]}
        ids = restore_organisations(rows.values())
        restore_rows(Reform, (part["reform"] for part in parts.values()), ids)
        restore_successions((row for part in parts.values() for row in part["successions"]), ids)
