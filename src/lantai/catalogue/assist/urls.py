"""URLs of assisted description."""

from django.urls import path

from . import views

DESK = "desk/catalogue/proposals/"
urlpatterns = [
    path(DESK, views.proposals, name="proposals"),
    path(f"{DESK}<uuid:proposal_id>/decide/", views.decide, name="decide_proposal"),
    path("desk/catalogue/records/<uuid:record_id>/proposals/", views.of_record, name="record_proposals"),
]
