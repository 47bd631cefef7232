"""Django application of the opening context (开放)."""

from django.apps import AppConfig


class OpeningConfig(AppConfig):
    """Registers the context with Django."""

    name = "lantai.opening"
    label = "opening"
    verbose_name = "开放"
    default_auto_field = "django.db.models.BigAutoField"
