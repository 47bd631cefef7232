"""Pages of the inspection context."""

from django.urls import path

from . import plan_views, views

app_name = "inspection"
urlpatterns = [
    path("desk/inspection/", views.reports, name="reports"),
    path("desk/inspection/<uuid:report_id>/", views.report, name="report"),
    path("desk/inspection/<uuid:report_id>/report.pdf", views.pdf, name="report_pdf"),
    path("desk/inspection/<uuid:report_id>/report.json", views.as_json, name="report_json"),
    path("desk/inspection/<uuid:report_id>/report.docx", views.word, name="report_docx"),
    path("desk/inspection/<uuid:report_id>/sign/", views.sign, name="sign"),
    path("desk/inspection/<uuid:report_id>/assign/", views.assign, name="assign"),
    path("desk/inspection/<uuid:report_id>/evidence/<uuid:decision_id>", views.evidence, name="evidence"),
    path("desk/inspection/tasks/", views.tasks, name="tasks"),
    path("desk/inspection/plans/", plan_views.plans, name="plans"),
    path("desk/inspection/plans/<slug:stage>/", plan_views.edit, name="plan"),
]
