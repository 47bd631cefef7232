"""URLs of the records desk."""

from django.urls import path

from . import views

app_name = "records"
urlpatterns = [
    path("desk/records/", views.records, name="list"),
    path("desk/records/<uuid:record_id>/", views.record, name="record"),
    path("desk/records/<uuid:record_id>/edit/", views.edit, name="edit"),
    path("desk/records/<uuid:record_id>/documents/<uuid:document_id>/", views.document, name="document"),
]
