"""Django application of the search context (检索)."""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    """Keeps the index by the news of changed and ingested records."""

    name = "lantai.search"
    label = "search"
    verbose_name = "检索"

    def ready(self) -> None:
        """Subscribes to what changes records; has an index nobody can read made anew."""
        from lantai.catalogue.api import register_chooser
        from lantai.core import settings
        from lantai.core.events import subscribe
        from lantai.core.health import register_check
        from lantai.core.tickers import register_ticker
        from lantai.records.api import RecordsChanged
        from lantai.vault.api import RecordsErased, RecordsIngested

        from . import meaning_keeping
        from .choosing import found_by
        from .jobs import MENDED_EVERY_S, follow_erasures, mend_index
        from .meaning import check
        from .services import handle_changes
        from .withholding import CONSUMER, EVERY_S, INDEX, keep_withholding, withhold

        subscribe(RecordsChanged, INDEX, handle_changes)
        subscribe(RecordsIngested, INDEX, handle_changes)
        subscribe(RecordsErased, "search.erase", follow_erasures)
        subscribe(RecordsChanged, CONSUMER, withhold)
        if settings.SEMANTIC.read():
            subscribe(RecordsChanged, meaning_keeping.CONSUMER, meaning_keeping.note_changes)
            subscribe(RecordsIngested, meaning_keeping.CONSUMER, meaning_keeping.note_changes)
            subscribe(RecordsErased, meaning_keeping.CONSUMER, meaning_keeping.note_changes)
        register_chooser(found_by)
        register_check("meaning", check)
        register_ticker("search.mend", MENDED_EVERY_S, mend_index)
        register_ticker(CONSUMER, EVERY_S, keep_withholding)
        register_ticker(meaning_keeping.KIND, meaning_keeping.EVERY_S, meaning_keeping.keep_up)
        register_ticker("search.meaning_mend", meaning_keeping.MENDED_EVERY_S, meaning_keeping.mend)
