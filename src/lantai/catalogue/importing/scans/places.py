"""Where scans lie: as they came, unpacked, and where the agency's copies are until the vault has them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from uuid import UUID

from lantai.core.settings import home
from lantai.packages.api import is_archive, safe_extract

from ...models import Import
from ..spool import Spool

_SAID, _UNPACKED = "scans.json", "unpacked"
_WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".et")


def is_scans(path: Path, name: str) -> bool:
    """Whether a path is a folder, or an archive that is no workbook."""
    if path.is_dir():
        return True
    return Path(name).suffix.lower() not in _WORKBOOKS and is_archive(path)


def note_origin(batch: Import, folder: Path | None, beside: UUID | None) -> None:
    """Notes the folder scans are read from where they lie, and the table that came with them."""
    told = {"folder": str(folder) if folder else "", "beside": str(beside) if beside else ""}
    spool = Spool(batch.id)
    spool.folder.mkdir(parents=True, exist_ok=True)
    (spool.folder / _SAID).write_text(json.dumps(told), encoding="utf-8", errors="surrogateescape")


def came_beside(batch: Import) -> UUID | None:
    """The table whose rows scans may belong to."""
    beside = _told(batch)["beside"]
    return UUID(beside) if beside else None


def root_of(batch: Import) -> Path:
    """Where the scans lie; an archive is unpacked once.

    Raises:
        Invalid: the archive is damaged, hostile or larger than anybody could have meant.
    """
    if folder := _told(batch)["folder"]:
        return Path(folder)
    spool = Spool(batch.id)
    unpacked = spool.folder / _UNPACKED
    if not unpacked.is_dir():
        coming = spool.folder / f"{_UNPACKED}.partial"
        shutil.rmtree(coming, ignore_errors=True)
        coming.mkdir()
        safe_extract(spool.file(), coming)
        coming.rename(unpacked)
    return unpacked


def forget_unpacked(batch: Import) -> None:
    """Removes what was unpacked, once it was loaded."""
    shutil.rmtree(Spool(batch.id).folder / _UNPACKED, ignore_errors=True)


def holdings_of(batch: Import) -> str:
    """The folder of the documents of an import, relative to ``LANTAI_HOME``."""
    return f"holdings/{batch.fonds.creator.code}/{batch.id}"


def forget_holdings(batch: Import, locations: list[str]) -> None:
    """Removes documents that are taken back, or that the vault has."""
    for location in locations:
        if not location.startswith(f"{holdings_of(batch)}/"):
            continue
        path = home() / location
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _told(batch: Import) -> dict[str, str]:
    path = Spool(batch.id).folder / _SAID
    return dict(json.loads(path.read_text(encoding="utf-8", errors="surrogateescape")))
