"""Opens this page by its address right after a start; see pages/shared/deep_link.py."""

from pages.shared.deep_link import run_app

run_app()
