"""One tree of errors; edges turn each kind into an HTTP status or an exit code once.

::

    LantaiError            500 · exit 1
    ├── NotFound           404 · exit 1   the object does not exist, or you may not know of it
    ├── Conflict           409 · exit 1   the object is not in a state that allows this
    ├── Invalid            422 · exit 1   what was given breaks a rule
    ├── Forbidden          403 · exit 1   your role may not do this
    ├── Unavailable        503 · exit 3   a service this needs does not answer
    └── AwaitsPerson       409 · exit 4   a person has to decide before this can go on

Every message says what happened, to which object, and what to do next. Messages reach
people, so they are Chinese source strings, translated like any other text.
"""

# ruff: noqa: N818 - they are named after what happened, as people say it
from __future__ import annotations


class LantaiError(Exception):
    """Root of the tree.

    Args:
        message: what happened, one sentence.
        subject: the file, record or account it happened to, as the reader knows it.
        remedy: what the reader can do now.
    """

    http_status = 500
    exit_code = 1

    def __init__(self, message: str, *, subject: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.subject = subject
        self.remedy = remedy

    def __str__(self) -> str:
        parts = [self.message]
        if self.subject:
            parts.append(f"（{self.subject}）")
        if self.remedy:
            parts.append(f" {self.remedy}")
        return "".join(parts)


class NotFound(LantaiError):
    """The object does not exist, or the reader may not know that it does."""

    http_status = 404


class Conflict(LantaiError):
    """The object is not in a state that allows the act."""

    http_status = 409


class Invalid(LantaiError):
    """What was given breaks a rule."""

    http_status = 422


class Forbidden(LantaiError):
    """The actor's role does not allow the act."""

    http_status = 403


class TooMany(LantaiError):
    """The caller asks more often than one may."""

    http_status = 429


class Unavailable(LantaiError):
    """A service the act needs does not answer."""

    http_status = 503
    exit_code = 3


class AwaitsPerson(LantaiError):
    """A person has to decide before the act can go on."""

    http_status = 409
    exit_code = 4
