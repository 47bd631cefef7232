"""Django application of the ui context (样式)."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """Registers the context with Django."""

    name = "lantai.ui"
    label = "ui"
    verbose_name = "样式"
    default_auto_field = "django.db.models.BigAutoField"
