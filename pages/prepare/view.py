"""A dataset: what is in it, its pictures, its figures, what was cleaned, and how its gray is made."""

import numpy as np
import streamlit as st

from colorizer.datasets.dataset import SPLITS, Dataset, delete_dataset
from colorizer.datasets.prepare.clean import STEPS, verdict
from colorizer.errors import UserError
from colorizer.imaging.html import data_url
from colorizer.inference import to_gray
from colorizer.runs import runs_using
from pages.prepare.charts import colorfulness_chart, show_levels, size_chart, swatch
from pages.prepare.gallery import gallery
from pages.prepare.gray import explain_gray
from pages.shared.pictures import to_enlarged_png
from pages.shared.text import plain, show_error

_SHOWN = 10
_EXAMPLE_SIDE = 88


def show_dataset(dataset: Dataset) -> None:
    """Show a dataset in tabs."""
    overview, pictures, figures, gray, cleaning, card = st.tabs(
        ["Overview", "Pictures", "Figures", "Gray", "Cleaning", "Card"]
    )
    with overview:
        _overview(dataset)
    with pictures:
        gallery(dataset)
    with figures:
        _figures(dataset)
    with gray:
        explain_gray(dataset)
    with cleaning:
        _cleaning(dataset)
    with card:
        st.markdown(dataset.card())


def _overview(dataset: Dataset) -> None:
    facts = dataset.manifest
    columns = st.columns(4)
    columns[0].metric("Training pictures", f"{facts.train:,}")
    columns[1].metric("Test pictures", f"{facts.test:,}")
    columns[2].metric("Size", f"{facts.size} x {facts.size}")
    columns[3].metric(
        "Left gray", f"{facts.gray_copy_mse:.4f}", help="Mean squared error of doing nothing: what to beat."
    )
    for split, count in (("train", facts.train), ("test", facts.test)):
        pixels = dataset.images(split)
        rows = np.linspace(0, count - 1, min(_SHOWN, count)).round().astype(int)
        strip = np.concatenate([pixels[row] for row in rows], axis=1)
        st.image(
            to_enlarged_png(np.concatenate([strip, to_gray(strip)], axis=0), 192),
            caption=f"{split}: in color, and as the network sees them",
            width="stretch",
            alt=f"Pictures of the {split} split, in color and in gray",
        )
    with st.popover("Delete this dataset", icon=":material/delete:"):
        _confirm_delete(dataset.name)


def _confirm_delete(name: str) -> None:
    using = runs_using(name)
    if using:
        st.warning(
            f"It was used by: {', '.join(using)}. These runs keep their colors, but cannot be trained further.",
            icon=":material/warning:",
        )
    st.markdown(f"**{name}** and all its pictures will be gone from data/. The files it was made from stay.")
    if st.button("Delete", icon=":material/delete:", type="primary"):
        try:
            delete_dataset(name)
        except UserError as error:
            show_error(error)
        else:
            st.rerun()


def _figures(dataset: Dataset) -> None:
    statistics = dataset.statistics()
    if statistics is None:
        st.caption("This dataset was prepared by an earlier version. Prepare it again to see its figures.")
        return
    split = st.segmented_control("Split", SPLITS, default="train", key="figures-split") or "train"
    values = statistics[split]
    columns = st.columns(4)
    with columns[0]:
        st.caption("Mean color")
        st.html(swatch(values["mean_color"]))
    columns[1].metric("Mean gray", f"{values['gray_mean']:.4f}", help="Of luma, in [0, 1].")
    columns[2].metric(
        "Deviation of gray", f"{values['gray_std']:.4f}", help="Networks see gray less its mean, divided by this."
    )
    columns[3].metric(
        "Colorfulness", f"{values['colorfulness_mean']:.1f}",
        help="Mean over pictures: 0 is gray, 15 slightly, 45 quite, 80 very colorful.",
    )  # fmt: skip
    show_levels({dataset.name: values}, "levels")
    left, right = st.columns(2)
    left.altair_chart(colorfulness_chart({dataset.name: values}), key="colorfulness", alt="Colorfulness of pictures")
    if len(statistics["sizes"]) > 1:
        right.altair_chart(size_chart(statistics["sizes"]), key="sizes", alt="Sizes the pictures had")
    else:
        width, height, _ = statistics["sizes"][0]
        right.caption(f"All pictures came with {width} x {height} pixels.")


def _cleaning(dataset: Dataset) -> None:
    facts = dataset.manifest
    if not facts.cleaning:
        st.caption("This dataset was prepared by an earlier version, which did not look for these things.")
    titles = {step.key: step.title for step in STEPS}
    for record in facts.cleaning:
        with st.container(border=True):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{record.found:,}** {titles[record.step]}", width="content")
                if record.found:
                    st.badge(verdict(record), color="orange" if record.left_out else "blue")
            strip = dataset.folder / "cleaning" / f"{record.step}.png"
            if record.found and strip.is_file():
                below = "; below, what they equal" if record.step in ("duplicate", "leak") else ""
                width = len(record.examples) * _EXAMPLE_SIDE
                st.html(
                    f'<img src="{data_url(strip.read_bytes(), "png")}" alt="Examples of {titles[record.step]}" '
                    f'style="width:min(100%,{width}px);border-radius:.5rem;image-rendering:pixelated">'
                )
                st.caption(f"The first {len(record.examples)}{below}")
            elif record.found and record.step == "size":
                st.caption(plain(", ".join(record.examples)))
            if record.step == "unreadable":
                for reason in facts.skipped[:8]:
                    st.caption(plain(reason))
    if (dataset.folder / "left_out.csv").is_file():
        total = sum(source.skipped for source in facts.sources)
        if total:
            st.caption(f"left_out.csv in the dataset's folder names all {total:,} files that were left out, and why.")
