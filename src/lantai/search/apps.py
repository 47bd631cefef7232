"""Django application of the search context (检索)."""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    """Registers the context with Django."""

    name = "lantai.search"
    label = "search"
    verbose_name = "检索"
    default_auto_field = "django.db.models.BigAutoField"
