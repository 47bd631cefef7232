"""URLs of the records desk."""

from django.urls import path

from . import schedule_views, setup_views, views

app_name = "records"
SETUP = "desk/records/setup/"
urlpatterns = [
    path("desk/records/", views.records, name="list"),
    path("desk/records/<uuid:record_id>/", views.record, name="record"),
    path("desk/records/<uuid:record_id>/edit/", views.edit, name="edit"),
    path("desk/records/<uuid:record_id>/documents/<uuid:document_id>/", views.document, name="document"),
    path(SETUP, setup_views.setup, name="setup"),
    path(f"{SETUP}fonds/new/", setup_views.add_fonds, name="add_fonds"),
    path(f"{SETUP}fonds/<uuid:fonds_id>/", setup_views.fonds, name="fonds"),
    path(f"{SETUP}fonds/<uuid:fonds_id>/edit/", setup_views.edit_fonds, name="edit_fonds"),
    path(f"{SETUP}fonds/<uuid:fonds_id>/schemes/new/", setup_views.add_scheme, name="add_scheme"),
    path(f"{SETUP}fonds/<uuid:fonds_id>/schemes/example/", setup_views.scheme_example, name="scheme_example"),
    path(f"{SETUP}schemes/<uuid:scheme_id>/", setup_views.edit_scheme, name="edit_scheme"),
    path(f"{SETUP}schemes/<uuid:scheme_id>/<int:year>/volumes/", setup_views.bind, name="bind"),
    path(f"{SETUP}volumes/<uuid:volume_id>/unbind/", setup_views.unbind, name="unbind"),
    path(f"{SETUP}agencies/<uuid:agency_id>/schedule/", setup_views.adopt_schedule, name="adopt_schedule"),
    path(f"{SETUP}schedules/<uuid:schedule_id>/", setup_views.schedule, name="schedule"),
    path(f"{SETUP}schedules/<uuid:schedule_id>/edit/", setup_views.edit_schedule, name="edit_schedule"),
    path(f"{SETUP}schedules/<uuid:schedule_id>/rules/new/", setup_views.add_rule, name="add_rule"),
    path(f"{SETUP}schedules/", schedule_views.schedules_to_approve, name="schedules_to_approve"),
    path(
        f"{SETUP}schedules/<uuid:schedule_id>/submit/", schedule_views.submit_schedule, name="submit_schedule"
    ),
    path(
        f"{SETUP}schedules/<uuid:schedule_id>/decide/", schedule_views.decide_schedule, name="decide_schedule"
    ),
    path(f"{SETUP}rules/<uuid:rule_id>/", setup_views.edit_rule, name="edit_rule"),
    path(f"{SETUP}rules/<uuid:rule_id>/remove/", setup_views.remove_rule, name="remove_rule"),
]
