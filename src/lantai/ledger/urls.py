"""Addresses of the ledger's pages."""

from django.urls import path

from . import views

app_name = "ledger"
urlpatterns = [
    path("desk/ledger/", views.entries, name="entries"),
    path("desk/ledger/head", views.head, name="head"),
    path("desk/ledger/head.json", views.head_file, name="head_file"),
    path("desk/ledger/verify", views.verify, name="verify"),
    path("desk/ledger/verifications/<uuid:job_id>", views.verification, name="verification"),
    path("desk/ledger/entries/<uuid:entry_id>", views.entry, name="entry"),
    path("desk/ledger/entries/<uuid:entry_id>/proof.json", views.proof, name="proof"),
]
