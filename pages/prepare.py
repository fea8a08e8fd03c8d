"""Open this page when its URL is the first request after a start; see pages/shared/deep_link.py."""

from pages.shared.deep_link import run_app

run_app()
