"""Django application of the core context (基础)."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Registers the context with Django."""

    name = "lantai.core"
    label = "core"
    verbose_name = "基础"
    default_auto_field = "django.db.models.BigAutoField"
