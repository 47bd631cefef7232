"""Django application of the vault context (总库)."""

from django.apps import AppConfig


class VaultConfig(AppConfig):
    """Registers the context with Django."""

    name = "lantai.vault"
    label = "vault"
    verbose_name = "总库"
    default_auto_field = "django.db.models.BigAutoField"
