"""Django application of the supervision context (监管)."""

from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    """Registers the context with Django; has the worker send the reminders that are due."""

    name = "lantai.supervision"
    label = "supervision"
    verbose_name = "监管"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Registers the ticker."""
        from lantai.core.tickers import register_ticker

        from .reminding import remind_due

        register_ticker("supervision.remind", 3600, remind_due)
