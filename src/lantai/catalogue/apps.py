"""Django application of the catalogue context (目录)."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """Registers the context with Django, and what it does for the records of others."""

    name = "lantai.catalogue"
    label = "catalogue"
    verbose_name = "目录"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Follows the records with the tree; keeps what was imported."""
