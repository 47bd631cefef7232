"""Django application of the catalogue context (目录)."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """Registers the context with Django, and what it does for the records of others."""

    name = "lantai.catalogue"
    label = "catalogue"
    verbose_name = "目录"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Follows the records with the tree; keeps what was imported."""
        from lantai.core.events import subscribe
        from lantai.core.ports import register_paper_part
        from lantai.core.tickers import register_ticker
        from lantai.records.api import RecordsChanged
        from lantai.vault.api import RecordsIngested

        from .describing import register_ports
        from .exporting.services import sweep_exports
        from .fonds.papers import FondsFilePapers, ReformPapers
        from .guide.papers import GuidePapers
        from .holdings.counting import count_when_due
        from .importing.keeping import keep_what_is_due
        from .importing.sweeping import sweep_imports
        from .tree.growing import follow_records, follow_stored

        subscribe(RecordsChanged, "catalogue.tree", follow_records)
        subscribe(RecordsIngested, "catalogue.tree", follow_stored)
        for part in (FondsFilePapers(), ReformPapers(), GuidePapers()):
            register_paper_part(part)
        register_ports()
        register_ticker("catalogue.count_holdings", 3600, count_when_due)
        register_ticker("catalogue.sweep_exports", 3600, sweep_exports)
        register_ticker("catalogue.keep", 60, keep_what_is_due)
        register_ticker("catalogue.sweep_imports", 3600, sweep_imports)
