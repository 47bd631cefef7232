"""Django application of the inspection context (检测)."""

from django.apps import AppConfig


class InspectionConfig(AppConfig):
    """Registers the context with Django."""

    name = "lantai.inspection"
    label = "inspection"
    verbose_name = "检测"
    default_auto_field = "django.db.models.BigAutoField"
