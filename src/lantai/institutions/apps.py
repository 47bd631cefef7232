"""Django application of the institutions context (机构)."""

from django.apps import AppConfig


class InstitutionsConfig(AppConfig):
    """Registers the context with Django."""

    name = "lantai.institutions"
    label = "institutions"
    verbose_name = "机构"
    default_auto_field = "django.db.models.BigAutoField"
