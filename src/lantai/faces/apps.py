"""Django application of the faces context (门面)."""

from django.apps import AppConfig


class FacesConfig(AppConfig):
    """Registers the context with Django and fills the headers."""

    name = "lantai.faces"
    label = "faces"
    verbose_name = "门面"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Registers the navigation and what waits on each desk."""
        from . import sources  # noqa: F401 - registers itself
        from .navigation import register

        register()
