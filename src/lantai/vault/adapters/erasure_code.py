"""Reed–Solomon over GF(2⁸), field polynomial 0x11D, Cauchy matrix: ISA-L by way of PyEClib.

Parity symbol ``j`` of a group is the sum over its data symbols ``i`` of ``data[i] / ((k + j) xor i)``,
byte by byte, so that anybody can undo it with a table of 256 logarithms; a test does.

liberasurecode puts a header of 80 bytes before each fragment that depends on nothing but the
fragment's number and size. We keep the bare bytes, and put the headers back for decoding.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from pyeclib.ec_iface import ECDriver

MOST_SYMBOLS = 255
_HEADER_BYTES = 80


class ReedSolomon:
    """A code of ``data`` + ``parity`` columns: any ``parity`` of them may be lost.

    A column is a run of bytes, a multiple of 16 long; all columns of one call are of one length.
    """

    def __init__(self, data: int, parity: int) -> None:
        if not (data > 0 and parity > 0 and data + parity <= MOST_SYMBOLS):
            raise ValueError(f"no code of {data} + {parity}")
        self.data, self.parity = data, parity
        self._driver = ECDriver(k=data, m=parity, ec_type="isa_l_rs_cauchy", chksum_type="none")
        self._headers = lru_cache(maxsize=4)(self._make_headers)

    def encode(self, columns: bytes) -> list[bytes]:
        """The parity columns of all data columns, given one after another."""
        return [fragment[_HEADER_BYTES:] for fragment in self._driver.encode(columns)[self.data :]]

    def decode(self, known: Mapping[int, bytes]) -> bytes:
        """The data columns, one after another, from any ``data`` of the columns by number.

        Raises:
            ValueError: too few columns are known.
        """
        if len(known) < self.data:
            raise ValueError(f"{len(known)} of {self.data} columns")
        chosen = sorted(known)[: self.data]
        headers = self._headers(len(known[chosen[0]]))
        decoded: bytes = self._driver.decode([headers[number] + known[number] for number in chosen])
        return decoded

    def _make_headers(self, length: int) -> list[bytes]:
        fragments = self._driver.encode(bytes(length * self.data))
        return [fragment[:_HEADER_BYTES] for fragment in fragments]
