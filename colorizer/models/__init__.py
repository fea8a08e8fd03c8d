"""The networks: one file each, listed in `registry`."""
