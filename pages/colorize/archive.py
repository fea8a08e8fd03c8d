"""All uploads as ZIP files, with progress, time left and a cancel button.

The job runs in threads of its own and lives in the session, so it continues while another page is open. Once an archive
is large it is closed, which limits memory: the user downloads that part, then the job continues with the next.
"""

import io
import logging
import threading
import time
import weakref
import zipfile
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import streamlit as st

from colorizer.errors import UserError
from colorizer.models.hints import Hint
from colorizer.text import duration
from pages.colorize.controls import describe_settings
from pages.colorize.results import RenderSettings, colorize_file
from pages.colorize.session import ColorizeSession, Upload, session
from pages.shared.text import plain

PART_BYTES = 512 * 2**20
"""Size at which an archive is closed."""
_WORKERS = 2
"""Files colorized at a time: while one is decoded or encoded, the network colors another."""
_REFRESH_SECONDS = 0.5
_MAX_ERRORS = 100
"""Errors listed on the page."""


@dataclass
class ArchiveJob:
    """A batch of uploads that is being colorized into ZIP files."""

    uploads: Sequence[Upload]
    settings: RenderSettings
    hints: Sequence[Sequence[Hint]]
    """The hints of each upload. Like the settings, they are those of the moment the job started."""
    owner: weakref.ref[ColorizeSession]
    """The job ends when its session does, or when all photos are removed."""
    done: int = 0
    """Uploads processed so far, including failures."""
    part: int = 1
    part_files: int = 0
    """Pictures in the current archive."""
    buffer: io.BytesIO = field(default_factory=io.BytesIO)
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0
    """Time spent so far."""
    running: bool = False
    canceled: bool = False

    @property
    def finished(self) -> bool:
        """Whether all uploads are processed."""
        return self.done == len(self.uploads)

    @property
    def seconds_left(self) -> float:
        """Estimated from the average time per upload so far."""
        return self.seconds / max(1, self.done) * (len(self.uploads) - self.done)

    def start(self) -> None:
        """Fill the current archive in the background."""
        self.running = True
        threading.Thread(target=self._run, name="archive", daemon=True).start()

    def next_part(self) -> None:
        """Discard the current archive and continue with the remaining uploads."""
        self.buffer, self.part, self.part_files = io.BytesIO(), self.part + 1, 0
        self.start()

    def _run(self) -> None:
        pending: deque[Future[tuple[str, bytes]]] = deque()
        pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="archive")
        try:
            while not self.finished and not self.canceled and self.owner() and self.buffer.tell() < PART_BYTES:
                started = time.monotonic()
                while len(pending) <= _WORKERS and (index := self.done + len(pending)) < len(self.uploads):
                    pending.append(pool.submit(colorize_file, self.uploads[index], self.settings, self.hints[index]))
                self._add(self.uploads[self.done], pending.popleft())
                self.seconds += time.monotonic() - started
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            self.running = False

    def _add(self, upload: Upload, result: Future[tuple[str, bytes]]) -> None:
        """Wait for a result and add it to the archive."""
        try:
            path, data = result.result()
            with zipfile.ZipFile(self.buffer, "a", zipfile.ZIP_STORED) as archive:
                archive.writestr(_unique_name(path, set(archive.namelist())), data)
            self.part_files += 1
        except UserError as error:
            self.errors.append(str(error))
        except Exception:  # One bad file stops neither the others nor, unseen, the job.
            logging.getLogger(__name__).exception("Could not colorize a file for a ZIP")
            self.errors.append(f"{upload.name} could not be colorized because of an unexpected error.")
        self.done += 1


def archive_panel(settings: RenderSettings) -> None:
    """Show the button that colorizes all uploads into a ZIP, or the progress of the job it started."""
    uploads = session().uploads
    hints = [session().hints(upload) for upload in uploads]
    job: ArchiveJob | None = st.session_state.get("archive")
    if job and job.running:
        _show_progress(job)
        return

    def start() -> None:
        job = st.session_state["archive"] = ArchiveJob(uploads, settings, hints, weakref.ref(session()))
        job.start()

    if not job:
        st.button(
            f"Colorize all {len(uploads)} into a ZIP", on_click=start, icon=":material/folder_zip:", width="stretch"
        )
        return
    is_current = (list(job.uploads), job.settings, list(job.hints)) == (uploads, settings, hints)
    if job.part_files:
        _download(job)
    if not job.finished:
        left = len(job.uploads) - job.done
        st.button(
            f"Discard this part and continue ({left} left)" if job.part_files else "Continue",
            on_click=job.next_part,
            icon=":material/play_arrow:",
            width="stretch",
        )
    if not is_current:
        st.button(
            "Settings changed: make the ZIP again",
            on_click=start,
            icon=":material/restart_alt:",
            type="primary",
            width="stretch",
        )
    if job.errors:
        with st.expander(f"{len(job.errors)} could not be colorized", icon=":material/error:"):
            for message in job.errors[:_MAX_ERRORS]:
                st.markdown(f"- {plain(message)}")


def _download(job: ArchiveJob) -> None:
    is_only_part = job.finished and job.part == 1
    st.download_button(
        f"Download ZIP ({job.part_files})" if is_only_part else f"Download part {job.part} ({job.part_files})",
        data=job.buffer.getvalue,
        file_name="colorized.zip" if is_only_part else f"colorized-{job.part}.zip",
        mime="application/zip",
        icon=":material/folder_zip:",
        on_click="ignore",
        width="stretch",
    )
    st.caption(f"Made with: {plain(describe_settings(job.settings))}.")


@st.fragment(run_every=_REFRESH_SECONDS)
def _show_progress(job: ArchiveJob) -> None:
    def cancel() -> None:
        job.canceled = True
        st.session_state["archive"] = None

    if st.session_state.get("archive") is not job or not job.running:
        st.rerun()
    left = f" … {duration(job.seconds_left)} left" if job.done else " …"
    st.progress(job.done / len(job.uploads), text=f"{job.done} of {len(job.uploads)} colorized{left}")
    st.button("Cancel", icon=":material/close:", width="stretch", on_click=cancel, key="cancel-archive")
    st.caption("You can visit other pages in the meantime.")


def _unique_name(name: str, taken: set[str]) -> str:
    stem, _, suffix = name.rpartition(".")
    number, unique = 2, name
    while unique in taken:
        unique, number = f"{stem}-{number}.{suffix}", number + 1
    return unique
