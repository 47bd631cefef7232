"""Django application of the capture context (归档)."""

from django.apps import AppConfig


class CaptureConfig(AppConfig):
    """Registers the context with Django."""

    name = "lantai.capture"
    label = "capture"
    verbose_name = "归档"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Answers the ports for record parts and inspected items; has the worker sweep the intake."""
        from lantai.core.ports import register_record_part
        from lantai.core.tickers import register_ticker
        from lantai.inspection.api import register_item_source
        from lantai.records.api import register_ledger_subjects

        from .grid import ledger_subjects
        from .parts import CapturePart, inspected_items
        from .services import sweep_intake

        register_ledger_subjects(ledger_subjects)
        register_record_part(CapturePart())
        register_item_source(inspected_items)
        register_ticker("capture.sweep_intake", 3600, sweep_intake)
