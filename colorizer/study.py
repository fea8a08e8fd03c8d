"""The 2021 student study that this project grew from: its dataset, its loss, and its results."""

STUDY_DATASET = "cifar10"
"""The name under which its images are prepared here; the shipped runs were trained and evaluated on them."""
STUDY_SUMS = {"fc512": (2.3465, 1.4805), "fc2048": (0.8541, 1.3706), "unet": (28.655, 6.7071)}
"""The training and test losses it reports, by architecture; see `study_sum`."""
STUDY_RUNS = tuple(STUDY_SUMS)
"""Its architectures in its order; the shipped run of each has the same name."""
STUDY_SIZE = 32
"""Side of its images in pixels."""
STUDY_BATCH = 100
"""Its batch size."""
STUDY_TRAIN_IMAGES, STUDY_TEST_IMAGES = 50_000, 10_000
"""Images of CIFAR-10."""


def study_sum(mean_squared_error: float, count: int) -> float:
    """Return the loss as the study reports it: the sum of the mean squared errors of batches of 100 images.

    A smaller last batch counts proportionally less, so the sum does not depend on the order of the images.

    Args:
        mean_squared_error: over all images, in units of [0, 1].
        count: the number of images.
    """
    return mean_squared_error * count / STUDY_BATCH


def mean_test_error(test_sum: float) -> float:
    """Return the mean squared error behind a sum over CIFAR-10's 10,000 test images."""
    return test_sum / study_sum(1, STUDY_TEST_IMAGES)
