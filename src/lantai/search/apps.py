"""Django application of the search context (检索)."""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    """Keeps the index by the news of changed and ingested records."""

    name = "lantai.search"
    label = "search"
    verbose_name = "检索"
