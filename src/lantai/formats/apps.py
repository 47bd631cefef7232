"""Django application of the formats context (格式)."""

from django.apps import AppConfig


class FormatsConfig(AppConfig):
    """Registers the context with Django."""

    name = "lantai.formats"
    label = "formats"
    verbose_name = "格式"
    default_auto_field = "django.db.models.BigAutoField"
