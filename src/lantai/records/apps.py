"""Django application of the records context (档案)."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """Registers the context with Django."""

    name = "lantai.records"
    label = "records"
    verbose_name = "档案"
    default_auto_field = "django.db.models.BigAutoField"
