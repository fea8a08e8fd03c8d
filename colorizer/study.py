"""The study of 2021 that this project began with: what it trained on, how it counted errors, and its results."""

STUDY_DATASET = "cifar10"
"""Its pictures, under the name by which they are prepared; the shipped runs were trained and measured on them."""
STUDY_SUMS = {"fc512": (2.3465, 1.4805), "fc2048": (0.8541, 1.3706), "unet": (28.655, 6.7071)}
"""Its losses by architecture, training and test, see `study_sum`."""
STUDY_RUNS = tuple(STUDY_SUMS)
"""Its architectures in its order; the shipped run of each has the same name."""
STUDY_BATCH = 100
"""Pictures in a batch of its."""
_TEST_PICTURES = 10_000


def study_sum(mean_squared_error: float, pictures: int) -> float:
    """The study's figure: the mean squared errors of batches of 100 pictures, added up.

    Where the last batch has fewer it counts as much less, so that the figure does not depend on their order.
    """
    return mean_squared_error * pictures / STUDY_BATCH


def mean_test_error(test_sum: float) -> float:
    """The mean squared error behind a sum over all of CIFAR-10's test pictures."""
    return test_sum / study_sum(1, _TEST_PICTURES)
