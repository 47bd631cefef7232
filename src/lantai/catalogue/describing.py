"""Where description, authorities, edits, quality and proposals meet the rest: ports, news, URLs, API, commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from .assist import commands as assist_commands
from .authorities import commands as authority_commands
from .description import commands as description_commands
from .editing import commands as editing_commands
from .quality import commands as quality_commands

if TYPE_CHECKING:
    from ninja import Router


def register_ports() -> None:
    """Answers the ports for what these keep; follows the records with their quality."""
    from lantai.core.events import subscribe
    from lantai.core.ports import register_eraser, register_paper_part, register_record_part
    from lantai.core.tickers import register_ticker
    from lantai.records.api import RecordsChanged, register_ledger_subjects

    from .authorities.papers import AuthorityPapers
    from .description.papers import TemplatePapers, UnitPapers, VocabularyPapers
    from .editing.papers import EditPapers
    from .erasing import CatalogueEraser
    from .parts import CataloguePart, ledger_subjects
    from .quality.taking import follow_records, mark_what_differs, take_what_is_due

    for part in (UnitPapers(), TemplatePapers(), VocabularyPapers(), AuthorityPapers(), EditPapers()):
        register_paper_part(part)
    register_record_part(CataloguePart())
    register_eraser(CatalogueEraser())
    register_ledger_subjects(ledger_subjects)
    subscribe(RecordsChanged, "catalogue.quality", follow_records)
    register_ticker("catalogue.quality", 60, take_what_is_due)
    register_ticker("catalogue.quality_sweep", 86_400, mark_what_differs)


def add_routers(router: Router) -> None:
    """Adds their operations to the API of the catalogue."""
    from .assist.endpoints import router as assist
    from .authorities.endpoints import router as authorities
    from .description.endpoints import router as description
    from .editing.endpoints import router as editing
    from .quality.endpoints import router as quality

    for own in (description, authorities, editing, quality, assist):
        router.add_router("", own)


def register_commands(catalogue: typer.Typer) -> None:
    """Adds their commands."""
    for module in (
        description_commands, authority_commands, editing_commands, quality_commands, assist_commands,
    ):  # fmt: skip
        module.register(catalogue)
