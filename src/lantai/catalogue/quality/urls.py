"""URLs of quality."""

from django.urls import path

from . import views

DESK = "desk/catalogue/quality/"
urlpatterns = [
    path(DESK, views.quality, name="quality"),
    path(f"{DESK}<uuid:fonds_id>/", views.fonds, name="fonds_quality"),
    path(f"{DESK}<uuid:fonds_id>/refresh/", views.refresh, name="refresh_quality"),
    path(f"{DESK}<uuid:fonds_id>/<slug:rule>/", views.failures, name="quality_failures"),
]
