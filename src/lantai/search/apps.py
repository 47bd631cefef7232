"""Django application of the search context (检索)."""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    """Keeps the index by the news of changed and ingested records."""

    name = "lantai.search"
    label = "search"
    verbose_name = "检索"

    def ready(self) -> None:
        """Subscribes to what changes records."""
        from lantai.core.events import subscribe
        from lantai.records.api import RecordsChanged
        from lantai.vault.api import RecordsIngested

        from .services import handle_changes

        subscribe(RecordsChanged, "search.index", handle_changes)
        subscribe(RecordsIngested, "search.index", handle_changes)
