"""Django application of the capture context (归档)."""

from django.apps import AppConfig


class CaptureConfig(AppConfig):
    """Registers the context with Django."""

    name = "lantai.capture"
    label = "capture"
    verbose_name = "归档"
    default_auto_field = "django.db.models.BigAutoField"
