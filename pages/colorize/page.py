"""Drop pictures, get them in colour."""

import streamlit as st

from colorizer import images, metrics
from colorizer.datasets.sample import PHOTOGRAPHS
from colorizer.errors import InputError
from colorizer.inference import Colorizer, render, to_gray
from pages.colorize.drop import Drop, archive, predict, preview, result
from pages.shared.before_after import before_after
from pages.shared.models import colorizer_for, default_run, describe_run, usable_runs
from pages.shared.time_left import TimedProgress


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
    drops = [Drop(upload.name, upload.getvalue(), upload.file_id) for upload in uploads]
    try:
        colorizer = colorizer_for(model)
    except InputError as error:
        st.error(str(error), icon=":material/error:")
        return
    if not drops:
        _show_example(colorizer, saturation, file_format)
        return
    if len(drops) > 1:
        st.download_button(
            f"Download all {len(drops)} as a ZIP",
            data=lambda: archive(drops, colorizer, saturation, file_format),
            file_name="colorized.zip",
            mime="application/zip",
            icon=":material/folder_zip:",
            type="primary",
            on_click="ignore",
        )
    progress = TimedProgress("Colorizing")
    for number, drop in enumerate(drops):
        progress.update(number / len(drops), f"Colorizing {number + 1} of {len(drops)}")
        try:
            _card(drop, colorizer, saturation, file_format)
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
    _card(Drop(photograph.file.name, photograph.file.read_bytes(), "example"), colorizer, saturation, file_format)
    st.caption(f"Photograph: {photograph.origin}.")


def _card(drop: Drop, colorizer: Colorizer, saturation: float, file_format: str) -> None:
    shown, lines = preview(drop), predict(drop, colorizer)
    gray = to_gray(shown.picture.pixels)
    in_colour = render(gray, lines, saturation=saturation)
    with st.container(border=True):
        before_after(gray, in_colour, key=f"slider-{drop.key}")
        facts, button = st.columns([3, 1], vertical_alignment="center")
        width, height = shown.size
        facts.markdown(f"**{_plain(drop.name)}** · {width} x {height} pixels")
        if shown.in_colour:
            facts.caption(
                "This picture has colours of its own. They were ignored; against them the result has "
                f"{metrics.psnr_of(shown.picture.pixels, in_colour):.1f} dB PSNR, and gray "
                f"{metrics.psnr_of(shown.picture.pixels, gray):.1f} dB."
            )
        for note in shown.picture.notes:
            facts.caption(_plain(note))
        button.download_button(
            "Download",
            data=lambda: result(drop, lines, colorizer.name, saturation, file_format),
            file_name=images.output_name(drop.name, file_format),
            mime=f"image/{file_format}",
            icon=":material/download:",
            type="primary",
            width="stretch",
            on_click="ignore",
            key=f"download-{drop.key}",
        )


def _plain(text: str) -> str:
    """Text from a file name, so that Markdown does not read it as markup."""
    return "".join(f"\\{character}" if character in "\\`*_{}[]()<>#+-!|~$:" else character for character in text)


main()
