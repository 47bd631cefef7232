"""Django application of the core context (基础)."""

import gc

from django.apps import AppConfig

COLLECTED_AFTER = (100_000, 20, 50)
"""New objects, and collections of the younger generation, before one is looked through for cycles."""


class CoreConfig(AppConfig):
    """Registers the context with Django."""

    name = "lantai.core"
    label = "core"
    verbose_name = "基础"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Has the worker deliver events, rescue jobs, and remove what killed processes left on disk."""
        from . import jobs
        from .events import deliver_pending
        from .temporary import sweep_temporary
        from .tickers import register_ticker

        register_ticker("core.outbox", 0.5, deliver_pending)
        register_ticker("core.rescue", 5, jobs.rescue)
        register_ticker("core.sweep_temporary", 3600, sweep_temporary)
        # Batches build thousands of rows that live until they are written: with Python's own
        # thresholds a third of their time goes into looking for cycles that are not there.
        gc.set_threshold(*COLLECTED_AFTER)
