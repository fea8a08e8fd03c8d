"""Make datasets, and look at those there are."""

import tempfile
from pathlib import Path

import numpy as np
import streamlit as st

from colorizer.datasets.dataset import Dataset, dataset_names, load_dataset
from colorizer.datasets.prepare import LARGEST, SMALLEST, prepare
from colorizer.datasets.sources import SAMPLE
from colorizer.errors import InputError
from colorizer.inference import to_gray
from pages.shared.pictures import enlarged
from pages.shared.time_left import TimedProgress

_SHOWN = 10


def main() -> None:
    st.title("Prepare data")
    st.markdown(
        "A dataset is a pile of colour pictures made equal in size. All classes go into one flat folder, because "
        "the names of things do not matter here: the network is shown each picture in gray, "
        "**0.299 R + 0.587 G + 0.114 B**, and asked for its colours."
    )
    names = dataset_names()
    made = _form(expanded=not names)
    if made:
        st.toast(f"The dataset {made} is ready.", icon=":material/check_circle:")
        names = dataset_names()
    if not names:
        st.info("No datasets yet. The offline sample is ready in seconds.", icon=":material/info:")
        return
    name = st.selectbox("Dataset", names, index=names.index(made) if made else 0)
    try:
        _show(load_dataset(name))
    except InputError as error:
        st.error(str(error), icon=":material/error:")


def _form(expanded: bool) -> str | None:
    """The form for a new dataset; its name if one was made just now."""
    with (
        st.expander("New dataset", icon=":material/add:", expanded=expanded),
        st.form("new-dataset", border=False),
    ):
        with_sample = st.checkbox("The offline sample: 2,400 crops of six photographs that come along", value=expanded)
        folders = st.text_area(
            "Folders or ZIP files on this computer, one per line",
            placeholder="/home/me/cifar10\n/home/me/Linnaeus 5 32X32",
            help="Images may lie in train/<class>/, in <class>/, or anywhere below. All are taken.",
        )
        uploads = st.file_uploader("Or drop ZIP files", type=["zip"], accept_multiple_files=True)
        left, right = st.columns(2)
        name = left.text_input("Name", value="sample" if expanded else "", max_chars=64, help="The folder in data/.")
        size = right.number_input(
            "Size in pixels", SMALLEST, LARGEST, 32, help="The fully connected networks take 32; the U-Net any size."
        )
        if not st.form_submit_button("Prepare", icon=":material/play_arrow:", type="primary"):
            return None
    progress = TimedProgress("Preparing")
    try:
        with tempfile.TemporaryDirectory() as temporary:
            sources = [SAMPLE] if with_sample else []
            sources += [line.strip() for line in folders.splitlines() if line.strip()]
            for upload in uploads:
                path = Path(temporary) / Path(upload.name).name
                path.write_bytes(upload.getbuffer())
                sources.append(str(path))
            dataset = prepare(
                sources, name.strip(), int(size), progress=lambda done, total: progress.update(done / total)
            )
            return dataset.name
    except InputError as error:
        st.error(str(error), icon=":material/error:")
        return None
    finally:
        progress.done()


def _show(dataset: Dataset) -> None:
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
        both = np.concatenate([strip, to_gray(strip)], axis=0)
        st.image(
            enlarged(both, 192),
            caption=f"{split}: in colour, and as the network sees them",
            width="stretch",
            alt=f"Pictures of the {split} split, in colour and in gray",
        )
    with st.expander("Dataset card", icon=":material/description:"):
        st.markdown((dataset.folder / "README.md").read_text(encoding="utf-8"))
    if facts.skipped:
        with st.expander(f"{len(facts.skipped)} files were skipped", icon=":material/warning:"):
            for reason in facts.skipped:
                st.text(reason)


main()
