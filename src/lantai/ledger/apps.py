"""Django application of the ledger context (存证)."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Registers the context with Django."""

    name = "lantai.ledger"
    label = "ledger"
    verbose_name = "存证"
    default_auto_field = "django.db.models.BigAutoField"
