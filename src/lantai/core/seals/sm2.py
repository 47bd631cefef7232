"""SM2 for signatures that strangers made: over digests taken from a stream, keys out of certificates."""

from .adapters.gmssl import from_spki, message_digest, to_spki, verify_digest

__all__ = ["from_spki", "message_digest", "to_spki", "verify_digest"]
