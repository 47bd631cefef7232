"""Django application of the institutions context (机构)."""

from django.apps import AppConfig


class InstitutionsConfig(AppConfig):
    """Registers the context with Django."""

    name = "lantai.institutions"
    label = "institutions"
    verbose_name = "机构"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Answers the port ``Authoriser`` and watches logins."""
        from django.contrib.auth.signals import user_logged_in

        from lantai.core.labels import register_role_label
        from lantai.core.ports import register_authoriser

        from .authoriser import RoleAuthoriser
        from .gates import shut_gates
        from .roles import role_label
        from .sessions import remember_session

        register_authoriser(RoleAuthoriser())
        register_role_label(role_label)
        user_logged_in.connect(remember_session, dispatch_uid="institutions.sessions")
        user_logged_in.connect(shut_gates, dispatch_uid="institutions.gates")
