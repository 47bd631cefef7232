"""How a reader wants pages to look. Kept in two cookies, never on the server."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

THEMES = ("auto", "light", "dark")
TYPES = ("normal", "large")
_YEAR_S = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Preferences:
    """A reader's choices; unknown values in the cookies count as none made.

    Attributes:
        theme: ``light``, ``dark``, or ``auto`` to follow the device.
        type: ``normal`` or ``large`` (大字版).
    """

    theme: str = "auto"
    type: str = "normal"

    @classmethod
    def of(cls, request: HttpRequest) -> Preferences:
        """The choices the request carries."""
        theme = request.COOKIES.get("lantai_theme", "auto")
        size = request.COOKIES.get("lantai_type", "normal")
        return cls(theme if theme in THEMES else "auto", size if size in TYPES else "normal")

    @property
    def dark_media(self) -> str:
        """The media query under which the dark tokens are in force."""
        return {"light": "not all", "dark": "all"}.get(self.theme, "(prefers-color-scheme: dark)")

    def keep(self, response: HttpResponse, *, secure: bool) -> None:
        """Writes the choices into cookies that last a year and tell nothing else."""
        for name, value in (("lantai_theme", self.theme), ("lantai_type", self.type)):
            response.set_cookie(name, value, max_age=_YEAR_S, samesite="Lax", secure=secure)
