"""Addresses of the public portal."""

from django.urls import path

from . import views

app_name = "access"
urlpatterns = [
    path("search", views.search, name="search"),
    path("records/<uuid:record_id>", views.record, name="record"),
    path("records/<uuid:record_id>/documents/<uuid:document_id>", views.document, name="document"),
    path("records/<uuid:record_id>/print", views.print_sheet, name="print"),
    path("records/<uuid:record_id>/genuine", views.genuine, name="genuine"),
    path("records/<uuid:record_id>/genuine/<uuid:entry_id>.json", views.proof, name="proof"),
    path("verify", views.verify, name="verify"),
]
