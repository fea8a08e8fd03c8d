"""The compare page: pictures, figures and curves of real runs."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from colorizer.runs.store import Run


def _choose(page: AppTest, label: str, value: str) -> AppTest:
    return next(box for box in page.selectbox if box.label == label).set_value(value).run()


def test_runs_are_measured_on_request_beside_the_gray_copy(open_page: Callable[[str], AppTest], trained: Run) -> None:
    page = open_page("compare")
    assert not page.dataframe
    next(button for button in page.button if button.label == "Measure").click().run()
    assert not page.exception
    assert list(page.dataframe[0].value.run) == ["gray", "trained"]
    assert open_page("compare").dataframe, "figures are kept"


def test_pictures_of_a_dataset_can_be_shuffled(open_page: Callable[[str], AppTest], trained: Run) -> None:
    page = _choose(open_page("compare"), "Pictures from", "dataset tiny")
    assert not page.exception
    assert len(page.get("image")) == 6 * 3
    first = [image.proto.imgs[0].url for image in page.get("image")]
    next(button for button in page.button if button.label == "Other pictures").click().run()
    assert [image.proto.imgs[0].url for image in page.get("image")] != first


def test_without_a_chosen_network_it_says_so(open_page: Callable[[str], AppTest], trained: Run) -> None:
    page = open_page("compare")
    page.multiselect[0].set_value([]).run()
    assert not page.exception
    assert "Choose at least one" in page.info[0].value
