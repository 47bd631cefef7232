"""URLs of bulk editing."""

from django.urls import path

from . import views

DESK = "desk/catalogue/edits/"
urlpatterns = [
    path(DESK, views.edits, name="edits"),
    path(f"{DESK}<uuid:edit_id>/", views.edit, name="edit"),
    path(f"{DESK}<uuid:edit_id>/progress/", views.progress, name="edit_progress"),
    path(f"{DESK}<uuid:edit_id>/apply/", views.apply, name="apply_edit"),
    path(f"{DESK}<uuid:edit_id>/undo/", views.undo, name="undo_edit"),
]
