"""Records to be killed over: made from a seed, with what was given in for each."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from lantai.core.actors import SYSTEM
from lantai.core.digests import digest_bytes
from lantai.core.settings import home
from lantai.vault.api import VaultObject


@dataclass
class Case:
    """Records of one trial and what was given in for each, by SHA-512."""

    batches: list[list[UUID]]
    given: dict[UUID, set[str]]
    lost: set[str] = field(default_factory=set)
    """Paths of objects no good copy of which is left, by what the trial itself did."""
    subject: Any = None
    """What the work is carried out on, such as a disposal."""

    @property
    def record_ids(self) -> list[UUID]:
        """Every record."""
        return [record_id for batch in self.batches for record_id in batch]

    def rows(self) -> list[VaultObject]:
        """Their objects as the database has them now, segments with them."""
        of_records = VaultObject.objects.filter(record_id__in=self.record_ids)
        of_entries = VaultObject.objects.filter(entries__record_id__in=self.record_ids)
        return list({row.id: row for row in (*of_records, *of_entries)}.values())


class Records:
    """Makes records with small files, from a seed."""

    def __init__(self, seed: int) -> None:
        self.fonds = _fonds()
        self.chance = random.Random(seed)  # noqa: S311
        self._made = 0

    def batch(self, number: int, *, documents: int = 2, image: bool = False, **values: Any) -> Case:
        """So many records in one batch, not yet in the vault; without documents, catalogue entries."""
        from lantai.records.api import RecordDraft, create_records

        drafts, given = [], []
        for place in range(number):
            data = [self._picture() if image else self.chance.randbytes(1500) for _part in range(documents)]
            given.append({digest_bytes(content).sha512 for content in data})
            drafts.append(RecordDraft(
                fonds_id=self.fonds.id, agency_id=self.fonds.creator_id, title=f"关于第{place}号事项的通知",
                **{"year": 2024, "retention": "Y", **values},
                documents=[self._document(content, image=image) for content in data],
            ))  # fmt: skip
        ids = [record.id for record in create_records(drafts, SYSTEM)]
        return Case([ids], dict(zip(ids, given, strict=True)))

    def stored(self, number: int, **values: Any) -> Case:
        """So many records that stand verified on every store, in the archive's custody."""
        from lantai.records.api import Record, State
        from lantai.vault.api import IngestItem, ingest

        case = self.batch(number, **values)
        Record.objects.filter(id__in=case.record_ids).update(custodian=self.fonds.archive, state=State.HELD)
        ingest([IngestItem(record_id) for record_id in case.record_ids], SYSTEM)
        return case

    def _picture(self) -> bytes:
        from PIL import Image

        file, side = io.BytesIO(), 24
        Image.frombytes("RGB", (side, side), self.chance.randbytes(3 * side * side)).save(file, "TIFF")
        return file.getvalue()

    def _document(self, data: bytes, *, image: bool) -> Any:
        from lantai.records.api import DocumentDraft

        self._made += 1
        name, puid, kind = ("扫描件.tif", "fmt/353", "TIFF") if image else ("正文.pdf", "fmt/95", "PDF/A")
        location, digests = f"sources/{self._made}.bin", digest_bytes(data)
        (home() / "sources").mkdir(exist_ok=True)
        (home() / location).write_bytes(data)
        return DocumentDraft(
            original_name=name, original_name_b=name.encode(), puid=puid, format_name=kind,
            size_bytes=digests.size_bytes, sha256=digests.sha256, sha512=digests.sha512, sm3=digests.sm3,
            location=location,
        )  # fmt: skip


def _fonds() -> Any:
    """A fonds, its creator and the archive that keeps it."""
    from lantai.institutions.api import create_organisation, create_region
    from lantai.records.api import Fonds

    region = create_region(name="云州市", division_code="990100", actor=SYSTEM)
    archive = create_organisation(region=region, kind="archive", code="A", name="云州市档案馆", actor=SYSTEM)
    agency = create_organisation(
        region=region, kind="agency", code="B", name="云州市发展和改革委员会", archive=archive, actor=SYSTEM
    )
    return Fonds.objects.create(archive=archive, creator=agency, code="J001", name=agency.name)
