"""The vault's part of the HTTP API."""

from ninja import Router

from .villages.endpoints import router as villages_router

router = Router()
router.add_router("", villages_router)
