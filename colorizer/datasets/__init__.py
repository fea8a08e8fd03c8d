"""From any pile of images to a dataset: `sources` -> `plan` -> `decode` -> `clean` -> `pack` -> `finish`, led by
`prepare`; and from there to a training: `dataset` -> `batches`.
"""
