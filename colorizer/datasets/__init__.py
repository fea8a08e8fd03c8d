"""Datasets: prepare them from any collection of images, read them, and load batches for training."""

from colorizer.datasets.dataset import SPLITS, Dataset, Manifest, dataset_names, delete_dataset, load_dataset

__all__ = ["SPLITS", "Dataset", "Manifest", "dataset_names", "delete_dataset", "load_dataset"]
