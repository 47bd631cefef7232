"""HTTP API of the catalogue, brought together from its folders."""

from __future__ import annotations

from ninja import Router

from .describing import add_routers
from .fonds import endpoints as fonds

router = Router(tags=["catalogue"])
router.add_router("", fonds.router)
add_routers(router)
