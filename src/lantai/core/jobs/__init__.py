"""Jobs: long work that people watch, cancel and resume, and that survives a killed process.

::

    @job("capture.process", title="处理归档批次")
    def process(run: JobRun, submission_id: str) -> dict[str, int]:
        run.step("检测", total=len(items))
        for chunk in run.chunks(items, size=50):
            with run.commit(chunk):  # effects and completion mark, one transaction
                ...

Parameters arrive as JSON values (a UUID as its text). Items are told apart by their key (the
primary key of a row, otherwise ``str(item)``): a run that goes on after a crash is given only
the items whose mark was not committed. What a function does outside ``commit`` is done again.
A run ends early by ``Cancelled``, ``Paused`` or ``Superseded``: a function that tidies up after
faults lets them pass.
"""

from .control import cancel, rescue, resume, start, visible_to
from .execution import run_inline
from .kinds import job
from .models import Job, JobState
from .run import Cancelled, Chunk, JobRun, Paused, Superseded

__all__ = [
    "Cancelled",
    "Chunk",
    "Job",
    "JobRun",
    "JobState",
    "Paused",
    "Superseded",
    "cancel",
    "job",
    "rescue",
    "resume",
    "run_inline",
    "start",
    "visible_to",
]
