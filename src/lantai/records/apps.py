"""Django application of the records context (档案)."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """Registers the context with Django, and its part of a record with the vault's port."""

    name = "lantai.records"
    label = "records"
    verbose_name = "档案"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Registers what this context answers."""
        from lantai.core.ports import register_eraser, register_paper_part, register_record_part

        from .erasing import RecordsEraser
        from .papers import SchedulePapers, SetUpPapers
        from .parts import RecordsPart

        register_record_part(RecordsPart())
        register_paper_part(SetUpPapers())
        register_paper_part(SchedulePapers())
        register_eraser(RecordsEraser())
