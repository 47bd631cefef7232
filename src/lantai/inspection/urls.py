"""Pages of the inspection context."""

from django.urls import path

from . import views

app_name = "inspection"
urlpatterns = [
    path("desk/inspection/", views.reports, name="reports"),
    path("desk/inspection/<uuid:report_id>/", views.report, name="report"),
    path("desk/inspection/<uuid:report_id>/report.pdf", views.pdf, name="report_pdf"),
    path("desk/inspection/<uuid:report_id>/report.json", views.as_json, name="report_json"),
    path("desk/inspection/<uuid:report_id>/sign/", views.sign, name="sign"),
]
