"""URLs of appraisal, below the desks."""

from django.urls import path

from . import views

app_name = "appraisal"
urlpatterns = [
    path("desk/appraisal/", views.due, name="due"),
    path("desk/appraisal/propose/", views.propose, name="propose"),
    path("desk/appraisal/disposals/", views.disposals, name="disposals"),
    path("desk/appraisal/purge/", views.purge, name="purge"),
    path("desk/appraisal/disposals/<uuid:disposal_id>/", views.disposal, name="disposal"),
    path("desk/appraisal/disposals/<uuid:disposal_id>/opinion/", views.opine, name="opine"),
    path("desk/appraisal/disposals/<uuid:disposal_id>/extend/", views.extend, name="extend"),
    path("desk/appraisal/disposals/<uuid:disposal_id>/approve/", views.approve, name="approve"),
    path("desk/appraisal/disposals/<uuid:disposal_id>/reject/", views.reject, name="reject"),
    path("desk/appraisal/disposals/<uuid:disposal_id>/witness/", views.witness, name="witness"),
    path("desk/appraisal/disposals/<uuid:disposal_id>/register.pdf", views.register_pdf, name="register_pdf"),
]
