"""Django application of the inspection context (检测)."""

from django.apps import AppConfig


class InspectionConfig(AppConfig):
    """Registers the context with Django."""

    name = "lantai.inspection"
    label = "inspection"
    verbose_name = "检测"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Answers the port for record parts."""
        from lantai.core.ports import register_eraser, register_paper_part, register_record_part

        from .erasing import InspectionEraser
        from .parts import InspectionPart, ReturnedReportPapers

        register_record_part(InspectionPart())
        register_paper_part(ReturnedReportPapers())
        register_eraser(InspectionEraser())
