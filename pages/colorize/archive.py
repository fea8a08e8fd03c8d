"""All dropped files at once, as ZIP files: with progress, time left and cancel.

The work is done a little at a time, between what people do on the page, and what is finished is remembered
for the session. An archive is closed when it is large, so that memory stays small: then it is taken home
before the next is made.
"""

import io
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st

from colorizer.errors import UserError
from colorizer.models.hints import Hint
from colorizer.text import duration
from pages.colorize.upload import Look, Upload, hints_of, result
from pages.shared.text import plain

PART_BYTES = 512 * 2**20
"""Size from which an archive is closed."""
_TICK_SECONDS = 1.0


@dataclass
class Job:
    """A batch under way, or finished."""

    uploads: Sequence[Upload]
    look: Look
    hints: Sequence[Sequence[Hint]]
    """What was said of each file's colors. All as it was at the start; later changes are for the next batch."""
    done: int = 0
    """Files dealt with so far, bad ones included."""
    part: int = 1
    part_files: int = 0
    """Pictures in the archive at hand."""
    buffer: io.BytesIO = field(default_factory=io.BytesIO)
    failures: list[str] = field(default_factory=list)
    working_seconds: float = 0.0
    running: bool = True

    @property
    def finished(self) -> bool:
        """Whether no file is left."""
        return self.done == len(self.uploads)

    @property
    def seconds_left(self) -> float:
        """At the pace so far."""
        return self.working_seconds / max(1, self.done) * (len(self.uploads) - self.done)

    def step(self) -> None:
        """Deal with the next file."""
        started = time.monotonic()
        upload = self.uploads[self.done]
        try:
            name, data = result(upload, self.look, self.hints[self.done])
            with zipfile.ZipFile(self.buffer, "a", zipfile.ZIP_STORED) as archive:
                archive.writestr(_free_name(name, set(archive.namelist())), data)
            self.part_files += 1
        except UserError as error:
            self.failures.append(str(error))
        self.done += 1
        self.working_seconds += time.monotonic() - started
        if self.finished or self.buffer.tell() >= PART_BYTES:
            self.running = False

    def next_part(self) -> None:
        """Forget the archive at hand and go on with the files that are left."""
        self.buffer, self.part, self.part_files, self.running = io.BytesIO(), self.part + 1, 0, True


def archive(uploads: Sequence[Upload], look: Look) -> None:
    """Show the button that makes an archive of all files, and how far it is."""
    keys = [upload.key for upload in uploads]
    job: Job | None = st.session_state.get("archive")
    if job and [upload.key for upload in job.uploads] != keys:
        job = st.session_state["archive"] = None
    with st.container(border=True):
        _work(uploads, look) if job and job.running else _rest(uploads, look, job)


def _rest(uploads: Sequence[Upload], look: Look, job: Job | None) -> None:
    """Nothing is under way: not begun, a part is full, or all is finished."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if job and job.part_files:
            is_only = job.finished and job.part == 1
            st.download_button(
                f"Download the ZIP of {job.part_files}"
                if is_only
                else f"Download part {job.part}, {job.part_files} files",
                data=job.buffer.getvalue,
                file_name="colorized.zip" if is_only else f"colorized-{job.part}.zip",
                mime="application/zip",
                icon=":material/folder_zip:",
                type="primary",
                on_click="ignore",
            )
        if job and not job.finished:
            st.button(
                f"Forget it and go on with the other {len(uploads) - job.done}" if job.part_files else "Go on",
                on_click=job.next_part,
                icon=":material/play_arrow:",
            )
        if not job or job.finished:
            st.button(
                "Again, with the settings of now" if job else f"Colorize all {len(uploads)} into a ZIP",
                on_click=lambda: st.session_state.update(
                    archive=Job(uploads, look, [hints_of(upload) for upload in uploads])
                ),
                icon=":material/restart_alt:" if job else ":material/folder_zip:",
                type="secondary" if job else "primary",
            )
    if job:
        _failures(job)


@st.fragment(run_every=0.2)
def _work(uploads: Sequence[Upload], look: Look) -> None:
    """A little of the work, again and again while the page is open."""
    job: Job | None = st.session_state.get("archive")
    if job is None or not job.running:
        st.rerun()
        return
    bar, cancel = st.columns([5, 1], vertical_alignment="center")
    cancel.button("Cancel", icon=":material/close:", width="stretch", on_click=_cancel)
    meter = bar.progress(0.0)
    until = time.monotonic() + _TICK_SECONDS
    while True:
        # Each of these lines is where a click on the page interrupts; between them a file is whole.
        left = f" … {duration(job.seconds_left)} left" if job.done else " …"
        meter.progress(job.done / len(job.uploads), text=f"{job.done} of {len(job.uploads)} colorized{left}")
        if not job.running:
            st.rerun()
        if time.monotonic() > until:
            return
        job.step()


def _cancel() -> None:
    st.session_state["archive"] = None


def _failures(job: Job) -> None:
    if job.failures:
        with st.expander(f"{len(job.failures)} could not be colorized", icon=":material/error:"):
            for sentence in job.failures[:100]:
                st.markdown(f"- {plain(sentence)}")


def _free_name(name: str, taken: set[str]) -> str:
    stem, _, ending = name.rpartition(".")
    number, free = 2, name
    while free in taken:
        free, number = f"{stem}-{number}.{ending}", number + 1
    return free
