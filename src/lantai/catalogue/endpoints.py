"""HTTP API of the catalogue, brought together from its folders."""

from __future__ import annotations

from ninja import Router

from .describing import add_routers
from .exporting import endpoints as exporting
from .fonds import endpoints as fonds
from .guide import endpoints as guide
from .holdings import endpoints as holdings
from .importing import endpoints as importing

router = Router(tags=["catalogue"])
router.add_router("", fonds.router)
router.add_router("", guide.router)
router.add_router("", holdings.router)
router.add_router("", exporting.router)
router.add_router("", importing.router)
add_routers(router)
