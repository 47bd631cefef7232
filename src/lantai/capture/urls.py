"""Pages of capture, below the desks."""

from django.urls import path

from . import (
    arrangement_views,
    composition_views,
    grid_views,
    lending_views,
    note_views,
    print_views,
    views,
)
from .channels import (
    accounts_views,
    data_views,
    mail_views,
    matters_views,
    photographs_views,
    recordings_views,
    village_views,
    web_views,
)
from .collecting import views as collecting
from .completeness import views as completeness
from .exhibits import views as exhibits
from .replay import views as replay
from .schedules import views as schedules

app_name = "capture"
ARRANGED = "desk/capture/arrange/<uuid:scheme_id>/<int:year>/"
urlpatterns = [
    path("desk/lending/", lending_views.loans, name="loans"),
    path("desk/lending/new/", lending_views.borrow, name="borrow"),
    path("desk/lending/<uuid:loan_id>/", lending_views.loan, name="loan"),
    path("desk/lending/<uuid:loan_id>/decide/", lending_views.decide_loan, name="decide_loan"),
    path(
        "desk/lending/<uuid:loan_id>/<uuid:document_id>.pdf",
        lending_views.lent_document,
        name="lent_document",
    ),
    path("desk/collecting/", collecting.scopes, name="collecting_scopes"),
    path("desk/collecting/import/", collecting.import_scope, name="import_collecting"),
    path("desk/collecting/specialised/", collecting.specialised, name="specialised"),
    path("desk/collecting/specialised.xlsx", collecting.export_specialised, name="export_specialised"),
    path("desk/collecting/<uuid:scope_id>/", collecting.scope, name="collecting_scope"),
    path("desk/collecting/<uuid:scope_id>/submit/", collecting.submit, name="submit_collecting"),
    path("desk/collecting/<uuid:scope_id>/decide/", collecting.decide, name="decide_collecting"),
    path("desk/collecting/<uuid:scope_id>.xlsx", collecting.export_scope, name="export_collecting"),
    path("desk/capture/owed/", completeness.owed, name="owed"),
    path("desk/capture/owed/<uuid:expectation_id>/explain/", completeness.explain, name="explain_missing"),
    path("desk/capture/closed-matters/import/", completeness.import_matters, name="import_matters"),
    path("desk/capture/explanations/", completeness.explanations, name="explanations"),
    path("desk/capture/explanations/<uuid:expectation_id>/", completeness.decide, name="decide_explanation"),
    path("desk/capture/", views.submissions, name="submissions"),
    path("desk/capture/new/", views.submit, name="submit"),
    path("desk/capture/new/loose/", views.submit_loose, name="submit_loose"),
    path("desk/capture/exhibits/<uuid:record_id>/", exhibits.exhibit, name="exhibit"),
    path("desk/capture/exhibits/<uuid:record_id>/<uuid:document_id>/rows/", exhibits.rows, name="rows"),
    path(
        "desk/capture/exhibits/<uuid:record_id>/<uuid:document_id>/viewing.jpg",
        exhibits.viewing,
        name="viewing",
    ),
    path("desk/capture/accounts/", accounts_views.accounts, name="accounts"),
    path("desk/capture/accounts/new/", accounts_views.enter_accounts, name="enter_accounts"),
    path("desk/capture/matters/", matters_views.matters, name="matters"),
    path("desk/capture/photographs/", photographs_views.photographs, name="photographs"),
    path("desk/capture/recordings/", recordings_views.recordings, name="recordings"),
    path("desk/capture/new/data/", data_views.data, name="data"),
    path("desk/capture/mail/", mail_views.mail, name="mail"),
    path("desk/capture/web/", web_views.web, name="web"),
    path("records/<uuid:record_id>/message", mail_views.message, name="message"),
    path("records/<uuid:record_id>/replay/", replay.home, name="replay_home"),
    path("records/<uuid:record_id>/replay/<slug:timestamp>/<path:url>", replay.replay, name="replay"),
    path("desk/capture/village/", village_views.paper, name="village"),
    path("desk/capture/village/worker.js", village_views.worker, name="village_worker"),
    path("desk/capture/<uuid:submission_id>/", views.submission, name="submission"),
    path("desk/capture/<uuid:submission_id>/progress/", views.progress, name="progress"),
    path("desk/capture/<uuid:submission_id>/resume/", views.resume, name="resume"),
    path("desk/capture/<uuid:submission_id>/receipt.json", views.receipt, name="receipt"),
    path("desk/capture/arrange/", arrangement_views.arrangements, name="arrangements"),
    path(
        "desk/capture/arrange/<uuid:scheme_id>/<int:year>/", arrangement_views.arrangement, name="arrangement"
    ),
    path("desk/capture/arrange/<uuid:scheme_id>/<int:year>/number/", arrangement_views.number, name="number"),
    path("desk/capture/arrange/<uuid:scheme_id>/<int:year>/fix/", arrangement_views.fix, name="fix"),
    path("desk/capture/arrange/<uuid:scheme_id>/<int:year>/note/", note_views.note, name="note"),
    path("desk/capture/classify/<uuid:record_id>/", arrangement_views.classify, name="classify"),
    path("desk/capture/withdraw/<uuid:record_id>/", note_views.withdraw, name="withdraw"),
    path("desk/capture/move/<uuid:record_id>/", arrangement_views.move, name="move"),
    path("desk/capture/split/<uuid:record_id>/", composition_views.split, name="split"),
    path("desk/capture/schedule/import/", schedules.import_table, name="import_schedule"),
    path(f"{ARRANGED}compose/", composition_views.compose, name="compose"),
    path(f"{ARRANGED}classes/", composition_views.classes, name="classes"),
    path(f"{ARRANGED}note/explain/", note_views.explain, name="explain"),
    path(f"{ARRANGED}note/write/", note_views.write_note, name="write_note"),
    path(f"{ARRANGED}grid/", grid_views.page, name="grid"),
    path(f"{ARRANGED}grid/rows/", grid_views.rows, name="grid_rows"),
    path(f"{ARRANGED}grid/save/", grid_views.save, name="grid_save"),
    path(f"{ARRANGED}grid/undo/", grid_views.undo, name="grid_undo"),
    path(f"{ARRANGED}prints/", print_views.prints, name="prints"),
    path(f"{ARRANGED}pack/", print_views.pack_class, name="pack"),
    path(f"{ARRANGED}prints/<slug:form>.pdf", print_views.print_class, name="print_class"),
    path(
        "desk/capture/volumes/<uuid:volume_id>/<slug:form>.pdf", print_views.print_volume, name="print_volume"
    ),
    path("desk/capture/stamped/<uuid:record_id>/<uuid:document_id>.pdf", print_views.stamped, name="stamped"),
]
