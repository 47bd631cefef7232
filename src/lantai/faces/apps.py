"""Django application of the faces context (门面)."""

from django.apps import AppConfig


class FacesConfig(AppConfig):
    """Registers the context with Django."""

    name = "lantai.faces"
    label = "faces"
    verbose_name = "门面"
    default_auto_field = "django.db.models.BigAutoField"
