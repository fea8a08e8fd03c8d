"""A dataset: overview, images, statistics, grayscale, cleaning and card."""

import numpy as np
import streamlit as st

from colorizer.datasets import SPLITS, Dataset, delete_dataset
from colorizer.datasets.prepare.clean import STEPS, action
from colorizer.errors import UserError
from colorizer.inference import to_gray
from colorizer.runs import runs_using
from pages.prepare.charts import colorfulness_chart, show_histograms, size_chart
from pages.prepare.images import show_grayscale, show_images
from pages.shared.labels import label
from pages.shared.pictures import to_enlarged_png
from pages.shared.text import plain, show_error

_STRIP_IMAGES = 10
_EXAMPLE_SIDE = 88
_MAX_REASONS = 8


def show_dataset(dataset: Dataset) -> None:
    """Show a dataset in tabs. A damaged file is an error in its own tab only."""
    contents = {
        "Overview": _show_overview,
        "Images": show_images,
        "Statistics": _show_statistics,
        "Grayscale": show_grayscale,
        "Cleaning": _show_cleaning,
        "Dataset card": _show_card,
    }
    for tab, show in zip(st.tabs(list(contents)), contents.values(), strict=True):
        with tab:
            try:
                show(dataset)
            except UserError as error:
                show_error(error)
    with st.popover("Delete dataset", icon=":material/delete:"):
        _confirm_delete(dataset.name)


def _show_overview(dataset: Dataset) -> None:
    facts = dataset.manifest
    with st.container(horizontal=True, gap="large"):
        st.metric("Training images", f"{facts.train:,}", width="content")
        st.metric("Test images", f"{facts.test:,}", width="content")
        st.metric("Size", f"{facts.size} x {facts.size}", width="content")
        st.metric(
            "Grayscale baseline", f"{facts.grayscale_mse:.4f}", width="content",
            help="Mean squared error of the test images without their color: what a network has to beat.",
        )  # fmt: skip
    for split in SPLITS:
        pixels = dataset.images(split)
        rows = np.linspace(0, len(pixels) - 1, min(_STRIP_IMAGES, len(pixels))).round().astype(int)
        strip = np.concatenate([pixels[row] for row in rows], axis=1)
        st.image(
            to_enlarged_png(np.concatenate([strip, to_gray(strip)], axis=0), 192),
            caption=f"{label(split)} images, in color and as the network sees them",
            width="stretch",
            alt=f"{label(split)} images in color and in grayscale",
        )


def _confirm_delete(name: str) -> None:
    using = runs_using(name)
    if using:
        names = ", ".join(map(plain, using))
        st.warning(
            f"It was used by {names}. These runs can still colorize, but their training cannot be resumed.",
            icon=":material/warning:",
        )
    st.markdown(f"Delete **{plain(name)}** and all its images? The source files are kept.")
    if st.button("Delete", icon=":material/delete:", type="primary"):
        try:
            delete_dataset(name)
        except UserError as error:
            show_error(error)
        else:
            st.rerun()


def _show_statistics(dataset: Dataset) -> None:
    statistics = dataset.statistics()
    split = st.segmented_control(
        "Split", SPLITS, default="train", format_func=label, required=True, key="statistics-split"
    )
    values = statistics.train if split == "train" else statistics.test
    columns = st.columns(4)
    red, green, blue = (round(min(max(value, 0), 255)) for value in values.mean_color)
    with columns[0]:
        st.caption("Mean color")
        st.image(
            np.full((40, 96, 3), (red, green, blue), np.uint8), caption=f"{red}, {green}, {blue}", alt="Mean color"
        )
    columns[1].metric("Mean luma", f"{values.gray_mean:.4f}", help="In [0, 1].")
    columns[2].metric(
        "Standard deviation", f"{values.gray_std:.4f}",
        help="Of luma. A network's input is standardized: the mean is subtracted and the result divided by this.",
    )  # fmt: skip
    columns[3].metric(
        "Colorfulness", f"{values.colorfulness_mean:.1f}",
        help="Mean over images: 0 is gray, 15 slightly, 45 quite, and 80 very colorful.",
    )  # fmt: skip
    show_histograms({dataset.name: values}, "histogram")
    left, right = st.columns(2)
    left.altair_chart(colorfulness_chart({dataset.name: values}), key="colorfulness", alt="Colorfulness of the images")
    if len(statistics.sizes) > 1:
        right.altair_chart(size_chart(statistics.sizes), key="sizes", alt="Original sizes of the images")
    elif statistics.sizes:
        width, height, _ = statistics.sizes[0]
        right.caption(f"All original images are {width} x {height} pixels.")


def _show_cleaning(dataset: Dataset) -> None:
    facts = dataset.manifest
    titles = {step.key: step.title for step in STEPS}
    for record in facts.cleaning:
        title = titles.get(record.step, record.step)
        with st.container(border=True):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{record.found:,}** {plain(title)}", width="content")
                if record.found:
                    st.badge(action(record), color="orange" if record.left_out else "blue")
            strip = dataset.cleaning_examples(record.step) if record.found and record.step in titles else None
            if strip is not None:
                below = "; below, the images they duplicate" if record.step in ("duplicate", "leak") else ""
                side = _EXAMPLE_SIDE * strip.shape[0] // facts.size
                st.image(to_enlarged_png(strip, side), alt=f"Examples of {title}")
                st.caption(f"The first {len(record.examples)}{below}")
            elif record.found and record.step in ("size", "ignored"):
                st.caption(plain(", ".join(record.examples)))
            if record.step == "unreadable":
                for reason in facts.skipped[:_MAX_REASONS]:
                    st.caption(plain(reason))
    left_out = sum(source.skipped for source in facts.sources)
    if left_out:
        st.caption(f"The file left_out.csv in the dataset's folder lists all {left_out:,} files that were left out.")


def _show_card(dataset: Dataset) -> None:
    st.markdown(dataset.card().replace("![", "\\!["))  # A downloaded dataset must not load images from other sites.
