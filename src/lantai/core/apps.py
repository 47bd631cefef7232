"""Django application of the core context (基础)."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Registers the context with Django."""

    name = "lantai.core"
    label = "core"
    verbose_name = "基础"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Has the worker deliver events and rescue jobs."""
        from . import jobs
        from .events import deliver_pending
        from .tickers import register_ticker

        register_ticker("core.outbox", 0.5, deliver_pending)
        register_ticker("core.rescue", 5, jobs.rescue)
