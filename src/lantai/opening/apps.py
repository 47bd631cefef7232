"""Django application of the opening context (开放)."""

from django.apps import AppConfig


class OpeningConfig(AppConfig):
    """Registers the context with Django, and its part of a record.

    Decisions reach ``record.xml`` without more ado: they are told as ``RecordsChanged`` too, and
    the vault writes a new version of whatever changed.
    """

    name = "lantai.opening"
    label = "opening"
    verbose_name = "开放"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Registers what this context answers."""
        from lantai.core.ports import register_eraser, register_record_part
        from lantai.records.api import register_ledger_subjects

        from .erasing import OpeningEraser
        from .parts import OpeningPart
        from .selectors import ledger_subjects

        register_record_part(OpeningPart())
        register_eraser(OpeningEraser())
        register_ledger_subjects(ledger_subjects)
