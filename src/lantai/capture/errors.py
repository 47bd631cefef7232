"""Errors of capture that carry more than their words."""

from __future__ import annotations

from lantai.core.errors import Conflict, Invalid, NotFound


class OtherBytes(Conflict):
    """An idempotency key was used before, for another package."""


class OffsetMismatch(Conflict):
    """A piece of an upload does not begin where the file ends (tus 1.0.0, PATCH)."""


class ChecksumMismatch(Invalid):
    """A piece of an upload is not what its sender digested (tus 1.0.0, checksum)."""

    http_status = 460


class TooLarge(Invalid):
    """More bytes than the platform takes."""

    http_status = 413


class Gone(NotFound):
    """An upload whose time is over."""

    http_status = 410


class Malformed(Invalid):
    """A request that does not keep to its protocol."""

    http_status = 400


class WrongVersion(Invalid):
    """A request of another version of tus than ours."""

    http_status = 412


class WrongType(Invalid):
    """A body of another media type than the operation takes."""

    http_status = 415


class LengthRequired(Invalid):
    """A body whose length nobody told."""

    http_status = 411
