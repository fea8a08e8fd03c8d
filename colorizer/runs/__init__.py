"""Runs on disk: `store` reads and writes their folders, `launcher` starts and stops them."""
