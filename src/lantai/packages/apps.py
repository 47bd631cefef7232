"""Django application of the packages context (信息包)."""

from django.apps import AppConfig


class PackagesConfig(AppConfig):
    """Registers the context with Django."""

    name = "lantai.packages"
    label = "packages"
    verbose_name = "信息包"
    default_auto_field = "django.db.models.BigAutoField"
