"""URLs of the authority file."""

from django.urls import path

from . import views

DESK = "desk/catalogue/authorities/"
urlpatterns = [
    path(DESK, views.authorities, name="authorities"),
    path(f"{DESK}new/", views.edit, name="add_authority"),
    path(f"{DESK}import/", views.import_file, name="import_authorities"),
    path(f"{DESK}link/", views.link_all, name="link_authorities"),
    path(f"{DESK}<uuid:authority_id>/", views.authority, name="authority"),
    path(f"{DESK}<uuid:authority_id>/edit/", views.edit, name="edit_authority"),
    path(f"{DESK}<uuid:authority_id>/relate/", views.relate, name="relate_authority"),
    path(f"{DESK}<uuid:authority_id>/versions/<int:number>/", views.version, name="authority_version"),
    path("desk/catalogue/records/<uuid:record_id>/authorities/", views.of_record, name="record_authorities"),
]
