"""The views on a picture that only a network with likelihoods has: hints of a person, and variants to choose from."""

import streamlit as st

from colorizer.imaging import decode
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.rendering import render, to_gray
from colorizer.inference.variants import FEWEST, MOST, variants
from colorizer.models.distribution import ColorDistribution
from colorizer.models.hints import Hint
from colorizer.models.prediction import Color
from pages.colorize.hint_canvas import hint_canvas
from pages.colorize.upload import GRID_SIDE, Look, Upload, hints_of, predict, preview, remember, set_hints
from pages.shared.pictures import shown

_SUGGESTIONS = 7


@st.fragment
def hint_view(upload: Upload, look: Look) -> None:
    """The picture, on which a person says what color some places have."""
    seen, hints, chosen_key = preview(upload), hints_of(upload), f"chosen-{upload.key}"
    chosen = st.session_state.get(chosen_key)
    if chosen is not None and chosen >= len(hints):
        chosen = None

    def edit(places: list[tuple[float, float, Color | None]], number: int | None) -> None:
        known = [Hint(x, y, color) for x, y, color in places if color is not None]
        new = [(x, y) for x, y, color in places if color is None]
        # A new hint starts with what the network thinks of its place, so that pressing alone fixes that.
        known += [Hint(x, y, _likely(upload, look.colorizer, hints, x, y)[0]) for x, y in new]
        set_hints(upload, known)
        st.session_state[chosen_key] = number

    colors: list[Color] = []
    if chosen is not None:
        others = [hint for number, hint in enumerate(hints) if number != chosen]
        colors = _likely(upload, look.colorizer, others, hints[chosen].x, hints[chosen].y)
    in_color = render(seen.gray, predict(upload, look.colorizer), look.options)
    hint_canvas(in_color, hints, chosen, colors, f"hints-{upload.key}", edit)


@st.fragment
def variants_view(upload: Upload, look: Look) -> None:
    """Several colorings of the picture, one of which can be taken."""
    count = st.select_slider("Variants", range(FEWEST, MOST + 1), 4, key=f"variants-{upload.key}")
    small = decode.fit(preview(upload).picture, GRID_SIDE).pixels
    mine, taken = hints_of(upload, with_variant=False), hints_of(upload)
    with st.spinner("Thinking of other colors …", show_time=True):
        found = remember(
            "variants",
            (look.colorizer, upload.key, count, *mine),
            lambda: variants(look.colorizer, small, count, mine),
            most=4,
        )
    gray = to_gray(small)
    for number, variant in enumerate(found):
        if number % 2 == 0:
            row = st.columns(2)
        with row[number % 2]:
            st.image(shown(render(gray, variant.prediction, look.options)), width="stretch")
            if list(variant.hints) == taken:
                st.button("Taken", key=f"take-{upload.key}-{number}", icon=":material/check:", disabled=True)
            elif st.button("Take this one", key=f"take-{upload.key}-{number}", icon=":material/palette:"):
                set_hints(upload, mine, variant=variant.hints[len(mine) :])
                st.rerun()
    if taken != mine and st.button("Back to the network's first choice", key=f"take-{upload.key}-none"):
        set_hints(upload, mine)
        st.rerun()


def _likely(upload: Upload, colorizer: Colorizer, hints: list[Hint], x: float, y: float) -> list[Color]:
    prediction = predict(upload, colorizer, hints=hints)
    assert isinstance(prediction, ColorDistribution)
    return prediction.suggest_colors(x, y, _SUGGESTIONS)
