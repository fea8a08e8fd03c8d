"""The views on a picture that only a network with likelihoods has: hints of a person, and variants to choose from."""

import streamlit as st

from colorizer import images
from colorizer.inference import Colorizer
from colorizer.models.hints import Hint
from colorizer.prediction import Colour, Likelihoods
from colorizer.rendering import render, to_gray
from colorizer.variants import FEWEST, MOST, variants
from pages.colorize.drop import GRID_SIDE, Drop, Look, hints_of, predict, preview, remember, set_hints
from pages.colorize.hint_canvas import hint_canvas
from pages.shared.pictures import shown

_SUGGESTIONS = 7


@st.fragment
def hint_view(drop: Drop, look: Look) -> None:
    """The picture, on which a person says what colour some places have."""
    seen, hints, chosen_key = preview(drop), hints_of(drop), f"chosen-{drop.key}"
    chosen = st.session_state.get(chosen_key)
    if chosen is not None and chosen >= len(hints):
        chosen = None

    def edit(places: list[tuple[float, float, Colour | None]], number: int | None) -> None:
        known = [Hint(x, y, colour) for x, y, colour in places if colour is not None]
        new = [(x, y) for x, y, colour in places if colour is None]
        # A new hint starts with what the network thinks of its place, so that pressing alone fixes that.
        known += [Hint(x, y, _likely(drop, look.colorizer, hints, x, y)[0]) for x, y in new]
        set_hints(drop, known)
        st.session_state[chosen_key] = number

    colours: list[Colour] = []
    if chosen is not None:
        others = [hint for number, hint in enumerate(hints) if number != chosen]
        colours = _likely(drop, look.colorizer, others, hints[chosen].x, hints[chosen].y)
    in_colour = render(seen.gray, predict(drop, look.colorizer), look.taste)
    hint_canvas(in_colour, hints, chosen, colours, f"hints-{drop.key}", edit)


@st.fragment
def variants_view(drop: Drop, look: Look) -> None:
    """Several colourings of the picture, one of which can be taken."""
    count = st.select_slider("Variants", range(FEWEST, MOST + 1), 4, key=f"variants-{drop.key}")
    small = images.fit(preview(drop).picture, GRID_SIDE).pixels
    mine, taken = hints_of(drop, with_variant=False), hints_of(drop)
    with st.spinner("Thinking of other colours …", show_time=True):
        found = remember(
            "variants",
            (look.colorizer, drop.key, count, *mine),
            lambda: variants(look.colorizer, small, count, mine),
            most=4,
        )
    gray = to_gray(small)
    for number, variant in enumerate(found):
        if number % 2 == 0:
            row = st.columns(2)
        with row[number % 2]:
            st.image(shown(render(gray, variant.prediction, look.taste)), width="stretch")
            if list(variant.hints) == taken:
                st.button("Taken", key=f"take-{drop.key}-{number}", icon=":material/check:", disabled=True)
            elif st.button("Take this one", key=f"take-{drop.key}-{number}", icon=":material/palette:"):
                set_hints(drop, mine, variant=variant.hints[len(mine) :])
                st.rerun()
    if taken != mine and st.button("Back to the network's first choice", key=f"take-{drop.key}-none"):
        set_hints(drop, mine)
        st.rerun()


def _likely(drop: Drop, colorizer: Colorizer, hints: list[Hint], x: float, y: float) -> list[Colour]:
    prediction = predict(drop, colorizer, hints=hints)
    assert isinstance(prediction, Likelihoods)
    return prediction.likely(x, y, _SUGGESTIONS)
