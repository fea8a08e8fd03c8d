"""The Home page: what the app does, and links to its pages."""

import streamlit as st

from colorizer.errors import UserError
from colorizer.imaging.bundled import OLD_PHOTOGRAPHS, load
from colorizer.inference import to_gray
from colorizer.models.registry import architecture
from colorizer.runs import GRAY, load_run
from colorizer.study import STUDY_DATASET, STUDY_RUNS, STUDY_SUMS, mean_test_error
from pages.shared.before_after import before_after
from pages.shared.models import colorizer_for, default_run, figures_of, usable_runs
from pages.shared.text import show_error

PAGES = (
    (
        "colorize",
        ":material/palette:",
        "Colorize",
        "Drop black-and-white photos, download them in color.",
    ),
    ("prepare", ":material/photo_library:", "Prepare data", "Build a dataset from folders, archives or the sample."),
    ("train", ":material/model_training:", "Train", "Start a training and watch its curve and its pictures."),
    ("compare", ":material/compare:", "Compare", "Run the same pictures through every network, with metrics."),
)

story, picture = st.columns([5, 6], gap="large", vertical_alignment="center")
with story:
    st.title("Gray in, color out")
    st.markdown(
        "Colorizer turns black-and-white photos into color, shows how a network **learns** to do so, and lets you "
        "**compare** networks. Everything runs on this computer; your photos never leave it."
    )
    with st.container(horizontal=True):
        if st.button("Colorize a photo", icon=":material/palette:", type="primary"):
            st.switch_page("pages/colorize/page.py")
        if st.button("Train a network", icon=":material/model_training:"):
            st.switch_page("pages/train/page.py")
with picture:
    names = usable_runs()
    run_name = default_run(names)
    if run_name is None:
        st.info("There is no trained network yet. Train one first.", icon=":material/info:")
    else:
        try:
            photograph = next(item for item in OLD_PHOTOGRAPHS if item.name == "Alps")
            pixels = load(photograph).pixels
            before_after(to_gray(pixels), colorizer_for(run_name)(pixels), key="home")
            st.caption(f"{photograph.origin}. Colored on this computer. Drag the divider.")
        except UserError as error:
            show_error(error)

st.space("small")
for column, (name, icon, title, text) in zip(st.columns(len(PAGES)), PAGES, strict=True):
    with column.container(border=True, height="stretch"):
        st.page_link(f"pages/{name}/page.py", label=f"**{title}**", icon=icon)
        st.caption(text)

runs = [load_run(name) for name in STUDY_RUNS if name in names]
figures = figures_of(runs)
if figures:
    st.subheader("The study's networks")
    st.caption(
        "Mean squared error on the 10,000 test images of CIFAR-10; lower is better. "
        f"The grayscale baseline scores {figures[GRAY]['mse']:.4f}; the best network of the original study "
        f"scored {min(mean_test_error(test) for _, test in STUDY_SUMS.values()):.4f}."
    )
    for column, run in zip(st.columns(max(3, len(runs))), runs, strict=False):
        if run.name in figures:
            mse, gray = figures[run.name]["mse"], figures[GRAY]["mse"]
            column.metric(
                architecture(run.config.architecture).title,
                f"{mse:.4f}",
                f"{mse / gray - 1:+.0%} vs. grayscale",
                delta_color="inverse",
                border=True,
            )
    st.caption(f"Measured with `python -m colorizer evaluate {' '.join(STUDY_RUNS)} --dataset {STUDY_DATASET}`.")
