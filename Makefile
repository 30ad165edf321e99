# Needs python3 3.11 or newer and make, nothing else.
PYTHON ?= python3
PIP = .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --no-deps --only-binary=:all:

# Compile once, whatever this shell says: each process of the tests starts from what is kept.
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: help run own test torture check bench fmt migration lock browser

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 18

run: .venv/.run ## start the clinic on http://127.0.0.1:8000, with a demo in an empty database
	@exec .venv/bin/python -m clinic.serve "db upgrade" "demo --if-empty"

own: .venv/.run ## a clinic of your own, empty: make own email=ana@example.org name="Ana Rivera"
	@test -n "$(email)" && test -n "$(name)" || { echo 'Say who you are: make own email=ana@example.org name="Ana Rivera"'; exit 1; }
	@.venv/bin/flask db upgrade
	@path=$$(.venv/bin/flask users add --first --role admin --email "$(email)" --name "$(name)") && \
	  echo "Start it with make run, and choose your password on http://127.0.0.1:8000$$path"

test: .venv/.dev browser ## all tests, on SQLite, PostgreSQL and in a browser
	.venv/bin/python $(MEASURE) -m pytest -n auto --dist worksteal $(ONLY)

torture: .venv/.dev ## what chance decides, long: properties with new seeds, races of hundreds of rounds
	CLINIC_TORTURE=1 .venv/bin/python -m pytest -n auto --dist worksteal -m "hypothesis or torture" -o faulthandler_timeout=3600

check: .venv/.dev ## the gate: form, lint, types, imports, templates, then all tests with coverage
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/djlint --lint --quiet --profile=jinja clinic/templates
	@$(MAKE) --no-print-directory test MEASURE="-m slipcover --dont-wrap-pytest" ONLY='-m "not (hypothesis or crawl)"'
	.venv/bin/python -m tests.covered .coverage.json
	@$(MAKE) --no-print-directory test ONLY='-m "hypothesis or crawl"'

bench: .venv/.dev ## the benchmark: a table, and bench.json
	.venv/bin/python -m bench

fmt: .venv/.dev ## put the code into its form
	.venv/bin/ruff check --fix-only --quiet .
	.venv/bin/ruff format .

migration: .venv/.dev ## write the migration that the models ask for: make migration m="what changes"
	@test -n "$(m)" || { echo 'Say what changes: make migration m="rooms have a floor"'; exit 1; }
	.venv/bin/flask db upgrade
	.venv/bin/flask db migrate -m "$(m)"

LOCK = .venv/.uv/bin/uv pip compile --quiet --universal --generate-hashes --no-strip-extras --no-header $(up)

lock: .venv/bin/python ## pin what pyproject.toml asks for; make lock up=--upgrade for newer releases
	@test -x .venv/.uv/bin/uv || { $(PYTHON) -m venv .venv/.uv && .venv/.uv/bin/pip install --quiet uv; }
	$(LOCK) -o requirements.txt pyproject.toml
	$(LOCK) -o requirements-dev.txt -c requirements.txt --extra dev pyproject.toml

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "The clinic needs Python 3.11 or newer; $(PYTHON) is not. Name one: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv module is missing. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Making the virtual environment .venv …"
	@$(PYTHON) -m venv .venv

.venv/.run: requirements.txt | .venv/bin/python
	@echo "Installing what the clinic needs (once, half a minute) …"
	@$(PIP) -r requirements.txt
	@touch $@

.venv/.dev: requirements.txt requirements-dev.txt | .venv/bin/python
	@echo "Installing what development needs (once, a minute) …"
	@$(PIP) -r requirements-dev.txt
	@touch .venv/.run $@

# Without a browser its tests are skipped and say so; only root may install one.
browser:
	@for name in chromium chromium-browser google-chrome; do \
	  command -v $$name >/dev/null && exit 0; done; \
	test "$$(id -u)" = 0 && command -v apt-get >/dev/null || exit 0; \
	echo "Installing a browser for the tests (once) …"; export DEBIAN_FRONTEND=noninteractive; \
	{ apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } \
	  >/dev/null || echo "It could not be installed: the tests in a browser will be skipped."
