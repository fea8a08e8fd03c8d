"""From any pile of images to a dataset: `sources` -> `organize` -> `prepare` -> `dataset` -> `batches`."""
