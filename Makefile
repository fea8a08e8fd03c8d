PYTHON ?= python3
BIN := .venv/bin
# On Windows, Python puts its programs elsewhere.
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
endif

.PHONY: app test lint format bench

app: .venv/installed ## install if needed and open the app
	$(BIN)/python -m streamlit run app.py

test: .venv/installed ## install if needed and run the tests
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

lint: .venv/installed ## style and types
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy

bench: .venv/installed ## measure speed and memory, and write docs/performance.md
	$(BIN)/python -m benchmarks

format: .venv/installed ## put the code into the project's style
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

# Installed again only when requirements.txt is newer than the last installation.
.venv/installed: requirements.txt
	test -d .venv || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check --requirement requirements.txt
	touch $@
