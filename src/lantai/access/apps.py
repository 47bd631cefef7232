"""Django application of the access context (利用)."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Registers the context with Django."""

    name = "lantai.access"
    label = "access"
    verbose_name = "利用"
    default_auto_field = "django.db.models.BigAutoField"
