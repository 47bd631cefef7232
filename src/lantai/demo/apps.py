"""Django application of the demo context (演示)."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Registers the context with Django."""

    name = "lantai.demo"
    label = "demo"
    verbose_name = "演示"
    default_auto_field = "django.db.models.BigAutoField"
