PYTHON ?= python3
BIN := .venv/bin
# On Windows, Python puts its programs elsewhere.
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
endif
BIOME := @biomejs/biome@2.6.8
AXE := axe-core@4.14.1
PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check

.PHONY: app test coverage lint format bench

app: .venv/installed ## install what the app needs and open it
	$(BIN)/python -m streamlit run app.py

test: .venv/installed-dev node_modules/$(AXE) ## install what the tests need and run them
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

coverage: .venv/installed-dev ## run the tests and print which lines they miss
	$(MAKE) test PYTEST_ARGS="--cov --cov-report=term-missing:skip-covered $(PYTEST_ARGS)"

lint: .venv/installed-dev ## check style, types, and, where Node.js is installed, JavaScript and CSS
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	@if command -v npx >/dev/null; then npx --yes $(BIOME) lint; \
	else echo "Node.js is not installed: JavaScript and CSS were not checked."; fi

format: .venv/installed-dev ## fix style
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

bench: .venv/installed-dev ## measure speed and memory, and update docs/performance.md
	$(BIN)/python -m benchmarks

# Each list is installed again only when it has changed since.
.venv/installed: requirements.txt
	test -d .venv || $(PYTHON) -m venv .venv
	$(PIP_INSTALL) --requirement requirements.txt
	touch $@

.venv/installed-dev: requirements.txt requirements-dev.txt
	test -d .venv || $(PYTHON) -m venv .venv
	$(PIP_INSTALL) --requirement requirements-dev.txt
	touch .venv/installed $@

# The browser tests check accessibility with it; where npm cannot install it, they skip that.
node_modules/$(AXE):
	@if command -v npm >/dev/null && npm install --prefix . --no-save --no-package-lock --silent $(AXE); then touch $@; \
	else echo "npm could not install $(AXE): accessibility will not be checked."; fi
