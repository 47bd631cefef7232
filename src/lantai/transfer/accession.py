"""Where what came on a carrier is put down: its agency, fonds and schemes, its files, its drafts."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from lantai.capture.api import stored_name
from lantai.core import settings as configuration
from lantai.core.actors import SYSTEM
from lantai.core.digests import copy_with_digests
from lantai.institutions.api import Organisation, ensure_organisation
from lantai.packages.api import PackageFile, PackageItem
from lantai.records.api import (
    DocumentDraft,
    Fonds,
    Level,
    NumberState,
    RecordDraft,
    Scheme,
    State,
    Volume,
    create_fonds,
    create_scheme,
    create_volumes,
    metadata_elements,
)

from .exporting import DOCUMENT_FIELDS

OWN = frozenset({"M6", "M9"})
"""Written into every package from the record's relations; not part of its own metadata."""


def holdings_of(agency_code: str, handover_id: UUID) -> Path:
    """The folder of what came with one hand-over."""
    return configuration.home() / "holdings" / agency_code / str(handover_id)


class Accession:
    """What one import stands on; made once, asked for each record."""

    def __init__(self, content: dict[str, Any], archive: Organisation, folder: Path) -> None:
        self.folder = folder
        self.agency = _agency(content["agency"], archive)
        self.fonds = _fonds(content["fonds"], archive, self.agency)
        self.schemes = {key: _scheme(values, self.fonds) for key, values in content["schemes"].items()}
        self.volumes = self._volumes(content["volumes"], archive)
        self.elements = metadata_elements()
        self.levels = {str(level.label): str(level) for level in Level}
        folder.mkdir(parents=True)

    def _volumes(self, given: dict[str, Any], archive: Organisation) -> dict[str, Volume]:
        made: dict[str, Volume] = {}
        fresh = []
        for key, values in given.items():
            scheme = self.schemes[values["scheme"]]
            code = values["reference_code"]
            known = Volume.objects.filter(archive=archive, reference_code=code).first() if code else None
            plain = {name: value for name, value in values.items() if name != "scheme"}
            made[key] = known or Volume(
                id=UUID(key), archive=archive, fonds=self.fonds, scheme=scheme, **plain
            )
            if known is None:
                fresh.append(made[key])
        if fresh:
            create_volumes(fresh, SYSTEM)
        return made

    def draft(self, row: dict[str, Any], item: PackageItem) -> RecordDraft:
        """The draft of one record, its files put down under this accession's folder."""
        values: dict[str, Any] = {}
        metadata: dict[str, str] = {}
        for code, value in row["metadata"].items():
            field = self.elements[code].field if code in self.elements else ""
            if field:
                values[field] = value
            elif code not in OWN:
                metadata[code] = value
        for name in ("year", "item_number", "page_count"):
            values[name] = int(values[name]) if str(values.get(name, "")).isdecimal() else None
        values["page_count"] = values["page_count"] or 0
        values["level"] = self.levels.get(values.get("level", ""), Level.ITEM)
        scheme, volume = self.schemes.get(row["scheme"]), self.volumes.get(row["volume"])
        return RecordDraft(
            id=UUID(row["id"]),
            fonds_id=self.fonds.id,
            agency_id=self.agency.id,
            scheme_id=scheme.id if scheme else None,
            volume_id=volume.id if volume else None,
            state=State.HANDING_OVER,
            number_state=NumberState.FIXED,
            disclosure=row["disclosure"],
            metadata=metadata,
            documents=[
                self._document(given, file) for given, file in zip(row["documents"], item.files, strict=True)
            ],
            **values,
        )

    def _document(self, given: dict[str, Any], file: PackageFile) -> DocumentDraft:
        """A document under the digests the sender sealed; its file copied as it came."""
        values = {name: given[name] for name in DOCUMENT_FIELDS}
        name_bytes = bytes.fromhex(given["name_hex"])
        draft = DocumentDraft(id=UUID(given["id"]), original_name_b=name_bytes, **values)
        target = self.folder / stored_name(draft)
        if file.pages:
            target.mkdir()
            for number, page in enumerate(file.pages, 1):
                copy_with_digests(page, target / f"{number:04d}{page.suffix.lower()}")
        else:
            copy_with_digests(file.path, target)
        location = str(target.relative_to(configuration.home()))
        return DocumentDraft(id=draft.id, original_name_b=name_bytes, location=location, **values)


def _agency(given: dict[str, str], archive: Organisation) -> Organisation:
    return ensure_organisation(
        code=given["code"],
        name=given["name"],
        kind=Organisation.Kind.AGENCY,
        division_code=given["division_code"],
        region_name=given["region"],
        archive_code=archive.code,
        actor=SYSTEM,
    )


def _fonds(given: dict[str, str], archive: Organisation, agency: Organisation) -> Fonds:
    known = Fonds.objects.filter(archive=archive, code=given["code"]).first()
    return known or create_fonds(
        fonds=Fonds(archive=archive, creator=agency, code=given["code"], name=given["name"]), actor=SYSTEM
    )


def _scheme(given: dict[str, Any], fonds: Fonds) -> Scheme:
    keys = ("category", "subclasses", "year_from")
    known = Scheme.objects.filter(fonds=fonds, **{name: given[name] for name in keys}).first()
    return known or create_scheme(scheme=Scheme(fonds=fonds, **given), actor=SYSTEM)
