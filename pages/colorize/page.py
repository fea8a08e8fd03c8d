"""Drop pictures, get them in colour."""

import hashlib

import streamlit as st

from colorizer import images
from colorizer.datasets.sample import PHOTOGRAPHS, load
from colorizer.errors import InputError
from colorizer.inference import Colorizer, describe, render, to_gray
from colorizer.upsampling import ChromaLines
from pages.shared.before_after import before_after
from pages.shared.models import colorizer_for, default_run, describe_run, usable_runs
from pages.shared.time_left import TimedProgress

REMEMBERED = 20
"""Predictions kept per session, so that a slider does not run the network again."""


def main() -> None:
    st.title("Colorize")
    names = usable_runs()
    if not names:
        st.info("No trained network is here yet. Train one first.", icon=":material/info:")
        st.page_link("pages/train/page.py", label="Train a network", icon=":material/model_training:")
        return
    model, saturation, file_format = _controls(names)
    uploads = st.file_uploader(
        "Drop black-and-white pictures here",
        type=[suffix.lstrip(".") for suffix in images.SUFFIXES],
        accept_multiple_files=True,
        max_upload_size=images.MAX_BYTES // 2**20,
        help="JPEG, PNG, WebP, TIFF, BMP or GIF; up to 100 megapixels each. They stay on this computer, in memory.",
    )
    files = [(upload.name, upload.getvalue(), upload.file_id) for upload in uploads]
    try:
        colorizer = colorizer_for(model)
    except InputError as error:
        st.error(str(error), icon=":material/error:")
        return
    if not files:
        _show_example(colorizer, saturation, file_format)
        return
    progress = TimedProgress("Colorizing")
    for number, (name, data, identity) in enumerate(files):
        progress.update(number / len(files), f"Colorizing {number + 1} of {len(files)}")
        try:
            _show(
                images.decode(data, name),
                hashlib.sha256(data).hexdigest(),
                identity,
                colorizer,
                saturation,
                file_format,
            )
        except InputError as error:
            st.error(_plain(str(error)), icon=":material/error:")
    progress.done()


def _controls(names: list[str]) -> tuple[str, float, str]:
    left, middle, right = st.columns([3, 3, 2])
    start = default_run(names)
    model = left.selectbox("Network", names, index=names.index(start) if start else 0)
    left.caption(describe_run(model))
    saturation = middle.slider("Saturation", 0, 200, 100, step=5, format="%d %%", help="How strong the colours are.")
    formats = {"png": "PNG, lossless", "jpeg": "JPEG", "webp": "WebP", "tiff": "TIFF, lossless"}
    file_format = right.selectbox("Download as", list(formats), format_func=formats.__getitem__)
    return model, saturation / 100, file_format


def _show_example(colorizer: Colorizer, saturation: float, file_format: str) -> None:
    st.caption("No picture at hand? Here is one to try.")
    shown = st.segmented_control(
        "Example", [photograph.name for photograph in PHOTOGRAPHS], default="hopper", label_visibility="collapsed"
    )
    photograph = next((item for item in PHOTOGRAPHS if item.name == shown), PHOTOGRAPHS[0])
    _show(load(photograph), f"example-{photograph.name}", "example", colorizer, saturation, file_format)
    st.caption(f"Photograph: {photograph.origin}.")


def _show(
    picture: images.Picture, digest: str, key: str, colorizer: Colorizer, saturation: float, file_format: str
) -> None:
    lines = _predict(picture, digest, colorizer)
    result = images.with_pixels(picture, render(picture.pixels, lines, saturation=saturation))
    with st.container(border=True):
        before_after(to_gray(picture.pixels), result.pixels, key=f"slider-{key}")
        facts, button = st.columns([3, 1], vertical_alignment="center")
        width, height = picture.size
        facts.markdown(f"**{_plain(picture.name)}** · {width} x {height} pixels")
        for note in picture.notes:
            facts.caption(_plain(note))
        button.download_button(
            "Download",
            data=lambda: images.encode(result, file_format, description=describe(colorizer.name)),
            file_name=images.output_name(picture.name, file_format),
            mime=f"image/{file_format}",
            icon=":material/download:",
            type="primary",
            width="stretch",
            on_click="ignore",
            key=f"download-{key}",
        )


def _predict(picture: images.Picture, digest: str, colorizer: Colorizer) -> ChromaLines:
    memory: dict[tuple[str, str], ChromaLines] = st.session_state.setdefault("predictions", {})
    wanted = (digest, colorizer.name)
    if wanted not in memory:
        while len(memory) >= REMEMBERED:
            del memory[next(iter(memory))]
        memory[wanted] = colorizer.predict(picture.pixels)
    return memory[wanted]


def _plain(text: str) -> str:
    """Text from a file name, so that Markdown does not read it as markup."""
    return "".join(f"\\{character}" if character in "\\`*_{}[]()<>#+-!|~$:" else character for character in text)


main()
