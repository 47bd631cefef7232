"""Addresses of the job pages."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "core"
urlpatterns = [
    path("desk/jobs/", views.list_jobs, name="jobs"),
    path("desk/jobs/<uuid:job_id>/", views.show_job, name="job"),
    path("desk/jobs/<uuid:job_id>/progress/", views.show_progress, name="job_progress"),
    path("desk/jobs/<uuid:job_id>/cancel/", views.cancel_job, name="cancel_job"),
    path("desk/jobs/<uuid:job_id>/resume/", views.resume_job, name="resume_job"),
]
