"""Django application of the transfer context (移交)."""

from django.apps import AppConfig


class TransferConfig(AppConfig):
    """Registers the context with Django."""

    name = "lantai.transfer"
    label = "transfer"
    verbose_name = "移交"
    default_auto_field = "django.db.models.BigAutoField"
