"""The photos of a session and the color hints on each.

All of it lives in the session state, outside any widget, so it survives a visit to another page and stays until the
user removes it. Nothing is written to disk.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from colorizer.imaging import MAX_BYTES, SUFFIXES
from colorizer.imaging.bundled import Photograph
from colorizer.imaging.decode import is_image_path
from colorizer.models.hints import Hint
from colorizer.text import count
from pages import shared
from pages.shared.component import component

MAX_SESSION_BYTES = 2**30
"""Limit on the files of one session, which are kept in memory."""


@dataclass(frozen=True)
class Upload:
    """An uploaded file."""

    name: str
    """File name; with its folders if a folder was uploaded."""
    data: bytes
    key: str
    """Unique within the session."""


@dataclass(frozen=True)
class HintState:
    """The color hints on a photo at one moment."""

    user: tuple[Hint, ...] = ()
    variant: tuple[Hint, ...] = ()
    """Those of the variant the user chose."""

    @property
    def all(self) -> list[Hint]:
        """The hints the network gets."""
        return [*self.user, *self.variant]


@dataclass
class HintHistory:
    """The color hints on a photo, with undo and redo."""

    states: list[HintState] = field(default_factory=lambda: [HintState()])
    position: int = 0

    @property
    def current(self) -> HintState:
        """The hints as they are now."""
        return self.states[self.position]

    @property
    def can_undo(self) -> bool:
        """Whether there is an earlier state."""
        return self.position > 0

    @property
    def can_redo(self) -> bool:
        """Whether a state was undone."""
        return self.position + 1 < len(self.states)

    def push(self, user: Sequence[Hint], variant: Sequence[Hint] = ()) -> None:
        """Make this the current state; states that were undone are dropped."""
        state = HintState(tuple(user), tuple(variant))
        if state != self.current:
            self.states[self.position + 1 :] = [state]
            self.position += 1

    def undo(self) -> None:
        """Go back to the state before."""
        self.position -= self.can_undo

    def redo(self) -> None:
        """Go forward to the state that was undone."""
        self.position += self.can_redo


@dataclass
class ColorizeSession:
    """Everything the Colorize page remembers, other than the values of its widgets."""

    uploads: list[Upload] = field(default_factory=list)
    """Sorted by name."""
    example: Upload | None = None
    """A bundled photograph on the page, only while there are no uploads."""
    open_key: str | None = None
    histories: dict[str, HintHistory] = field(default_factory=dict)
    thumbnails: dict[str, str] = field(default_factory=dict)
    """Thumbnails as data URLs, by upload."""
    states: dict[str, str] = field(default_factory=dict)
    """By upload: Gray, Colorized, Waiting (to be colorized with other settings), or Error. Uploads not read yet are
    missing."""
    thumbnail_settings: object = None
    """The settings of the colorized thumbnails."""
    errors: list[str] = field(default_factory=list)
    """What went wrong with the last upload."""
    generation: int = 0
    """Counts batches of uploads; a new number in the uploader's key empties it."""

    @property
    def current(self) -> Upload | None:
        """The photo that is open."""
        found = next((upload for upload in self.uploads if upload.key == self.open_key), None)
        return found or (self.uploads[0] if self.uploads else self.example)

    def history(self, upload: Upload) -> HintHistory:
        """Return the hints of a photo."""
        return self.histories.setdefault(upload.key, HintHistory())

    def hints(self, upload: Upload) -> list[Hint]:
        """Return the hints of a photo that the network gets."""
        return self.history(upload).current.all

    def add(self, files: Sequence[UploadedFile]) -> None:
        """Add uploaded files, sorted by name, and open the first new one. Files that are here already are skipped."""
        self.generation += 1
        self.errors = []
        known = {(upload.name, upload.data) for upload in self.uploads}
        room = MAX_SESSION_BYTES - sum(len(upload.data) for upload in self.uploads)
        added, hidden, refused = [], [], 0
        for file in files:
            upload = Upload(file.name.replace("\\", "/"), file.getvalue(), file.file_id)
            if (upload.name, upload.data) in known:
                continue
            if not is_image_path(upload.name.split("/")):
                hidden.append(upload.name)
                continue
            if len(upload.data) > room:
                refused += 1
                continue
            room -= len(upload.data)
            added.append(upload)
        _release(file.file_id for file in files)
        if hidden:
            files_not_added = f"{count(len(hidden), 'file')} such as {hidden[0]}" if hidden[1:] else hidden[0]
            self.errors.append(f"Not added, because hidden files hold no photos: {files_not_added}.")
        if refused:
            self.errors.append(
                f"{refused} of {len(files)} files were not added, because a session can hold at most "
                f"{MAX_SESSION_BYTES // 2**30} GB. Remove some photos first."
            )
        if added:
            self.example = None
            self.open_key = min(added, key=_by_name).key
            self.uploads = sorted([*self.uploads, *added], key=_by_name)

    def show_example(self, photograph: Photograph) -> None:
        """Open a bundled photograph."""
        self.example = Upload(photograph.file.name, photograph.file.read_bytes(), f"example-{photograph.name}")

    def open(self, key: str) -> None:
        """Open an upload."""
        self.open_key = key

    def remove(self, upload: Upload) -> None:
        """Remove one photo and its hints, and open the next."""
        index = self.uploads.index(upload)
        self.uploads = [other for other in self.uploads if other != upload]
        self.histories.pop(upload.key, None)
        self.thumbnails.pop(upload.key, None)
        self.states.pop(upload.key, None)
        self.open_key = self.uploads[min(index, len(self.uploads) - 1)].key if self.uploads else None

    def clear(self) -> None:
        """Remove all photos, their hints and the ZIP."""
        st.session_state["colorize"] = ColorizeSession(generation=self.generation + 1)
        if job := st.session_state.get("archive"):
            job.canceled = True
        st.session_state["archive"] = None


_drop_anywhere = component("drop_anywhere", Path(shared.__file__).parent)


def session() -> ColorizeSession:
    """Return the state of the Colorize page in this session."""
    state: ColorizeSession = st.session_state.setdefault("colorize", ColorizeSession())
    return state


def uploader(label: str, key: str, *, folder: bool = False) -> bool:
    """Show a file uploader and move what it receives into the session.

    Files dropped elsewhere on the page go to the uploader for photos.

    Args:
        label: for screen readers; the stylesheet decides what is visible.
        key: unique on the page; `key` is also the class of the container for the stylesheet.
        folder: whether it takes whole folders.

    Returns:
        Whether files were added.
    """
    state = session()
    with st.container(key=key, gap=None, width="stretch" if key.startswith("drop") else "content"):
        files = st.file_uploader(
            label,
            type=[suffix.lstrip(".") for suffix in SUFFIXES],
            accept_multiple_files="directory" if folder else True,
            max_upload_size=MAX_BYTES // 2**20,
            label_visibility="collapsed",
            key=f"{key}-{state.generation}",
        )
        if not folder:
            _drop_anywhere(data={"uploader": f".st-key-{key}", "label": label}, key="drop-anywhere")
    if files:
        state.add(files)
    return bool(files)


def _release(file_ids: Iterable[str]) -> None:
    """Drop Streamlit's own references to uploaded files, which it would keep until the session ends."""
    context = get_script_run_ctx()
    if context and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        for file_id in file_ids:
            context.uploaded_file_mgr.remove_file(context.session_id, file_id)


def _by_name(upload: Upload) -> list[tuple[int, int | str]]:
    """Sort key that puts photo2 before photo10."""
    parts = re.split(r"(\d+)", upload.name.casefold())
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in parts]
