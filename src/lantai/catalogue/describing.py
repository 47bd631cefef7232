"""Where description, authorities, edits, quality and proposals meet the rest: ports, news, URLs, API, commands."""

from __future__ import annotations

import typer
from ninja import Router

from .authorities import commands as authority_commands
from .description import commands as description_commands
from .editing import commands as editing_commands


def register_ports() -> None:
    """Answers the ports for what these keep."""
    from lantai.core.ports import register_eraser, register_paper_part, register_record_part
    from lantai.records.api import register_ledger_subjects

    from .authorities.papers import AuthorityPapers
    from .description.papers import TemplatePapers, UnitPapers, VocabularyPapers
    from .editing.papers import EditPapers
    from .erasing import CatalogueEraser
    from .parts import CataloguePart, ledger_subjects

    for part in (UnitPapers(), TemplatePapers(), VocabularyPapers(), AuthorityPapers(), EditPapers()):
        register_paper_part(part)
    register_record_part(CataloguePart())
    register_eraser(CatalogueEraser())
    register_ledger_subjects(ledger_subjects)


def add_routers(router: Router) -> None:
    """Adds their operations to the API of the catalogue."""
    from .authorities.endpoints import router as authorities
    from .description.endpoints import router as description
    from .editing.endpoints import router as editing

    for own in (description, authorities, editing):
        router.add_router("", own)


def register_commands(catalogue: typer.Typer) -> None:
    """Adds their commands."""
    for module in (description_commands, authority_commands, editing_commands):
        module.register(catalogue)
