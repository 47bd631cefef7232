"""URLs of the catalogue desk."""

from django.urls import path

from . import describing_urls
from .exporting import views as exporting
from .fonds import reform_views as reforms
from .fonds import views as fonds
from .guide import views as guide
from .holdings import views as holdings
from .importing import views as importing
from .tree import views as tree

app_name = "catalogue"
DESK = "desk/catalogue/"
urlpatterns = [
    path(f"{DESK}imports/", importing.imports, name="imports"),
    path(f"{DESK}imports/<uuid:import_id>/", importing.one_import, name="import"),
    path(f"{DESK}imports/<uuid:import_id>/progress/", importing.progress, name="import_progress"),
    path(f"{DESK}imports/<uuid:import_id>/load/", importing.load, name="load_import"),
    path(f"{DESK}imports/<uuid:import_id>/undo/", importing.undo, name="undo_import"),
    path(f"{DESK}imports/<uuid:import_id>/corrected/", importing.corrected, name="corrected"),
    path(f"{DESK}fonds/", fonds.all_fonds, name="all_fonds"),
    path(f"{DESK}fonds/<uuid:fonds_id>/file/", fonds.fonds_file, name="fonds_file"),
    path(f"{DESK}fonds/<uuid:fonds_id>/file/list.pdf", fonds.fonds_file_pdf, name="fonds_file_pdf"),
    path(f"{DESK}papers/<uuid:paper_id>/", fonds.fonds_paper, name="fonds_paper"),
    path(f"{DESK}papers/<uuid:paper_id>/withdraw/", fonds.withdraw_paper, name="withdraw_paper"),
    path(f"{DESK}reforms/", reforms.reforms, name="reforms"),
    path(f"{DESK}reforms/plan/<slug:kind>/", reforms.plan_reform, name="plan_reform"),
    path(f"{DESK}reforms/<uuid:reform_id>/", reforms.one_reform, name="reform"),
    path(f"{DESK}reforms/<uuid:reform_id>/carry-out/", reforms.carry_out, name="carry_out_reform"),
    path(f"{DESK}reforms/<uuid:reform_id>/withdraw/", reforms.withdraw_reform, name="withdraw_reform"),
    path(f"{DESK}guide/", guide.guide_desk, name="guide_desk"),
    path(f"{DESK}guide/texts/<uuid:text_id>/decide/", guide.guide_decide, name="guide_decide"),
    path(f"{DESK}guide/<str:place>/", guide.guide_edit, name="guide_edit"),
    path("guide/", guide.guide, name="guide"),
    path("guide/<uuid:archive_id>/", guide.guide_of, name="guide_of"),
    path("guide/<uuid:archive_id>/guide.pdf", guide.guide_book, name="guide_book"),
    path("guide/<uuid:archive_id>/<uuid:fonds_id>/", guide.guide_entry, name="guide_entry"),
    path(f"{DESK}holdings/", holdings.holdings, name="holdings"),
    path(f"{DESK}holdings/holdings.csv", holdings.holdings_csv, name="holdings_csv"),
    path(f"{DESK}holdings/count/", holdings.recount, name="recount"),
    path("desk/own/", holdings.own_records, name="own_records"),
    path(f"{DESK}exports/", exporting.exports, name="exports"),
    path(f"{DESK}exports/<uuid:export_id>/", exporting.export_file, name="export_file"),
    path(f"{DESK}tree/", tree.tree, name="tree"),
    path(f"{DESK}tree/<uuid:branch_id>/", tree.branch, name="branch"),
    path(f"{DESK}tree/<uuid:branch_id>/move/", tree.move, name="move_branch"),
    path(f"{DESK}tree/<uuid:branch_id>/group/", tree.group, name="add_group"),
    *describing_urls.urlpatterns,
]
