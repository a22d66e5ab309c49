# Everything you type. `make` alone lists it.
.DEFAULT_GOAL := help
VENV := .venv
# Files are shared out in their order: the browser's, which take longest, come before the many short ones.
WIDE := -n $(or $(WORKERS),2) --dist loadfile --no-loadscope-reorder
PY := $(VENV)/bin/python
ROOMS ?= tests/store tests/sync tests/accounts tests/billing tests/api tests/reports tests/cli tests/web

.PHONY: help run test test-postgresql chaos coverage install lint format bench migrate screenshots docs requirements ci clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.runtime ## Serve the app (sandbox mode when no Stripe keys are set)
	@$(PY) -m lib run

test: $(VENV)/.dev ## Run every test (ASK="…": pytest's own options); browser tests need chromium
	@$(PY) -m pytest $(WIDE) $(ASK)

chaos: $(VENV)/.dev ## Play SEEDS=100 seeded chaos runs, FROM=1 on, and tell what became of them
	@$(PY) -m tests.chaos $(or $(FROM),1) $(or $(SEEDS),100)

test-postgresql: $(VENV)/.dev ## Run every test that touches the database (or ROOMS="…") on a PostgreSQL of its own
	@TEST_DATABASE=postgresql $(PY) -m pytest $(WIDE) $(ROOMS)

coverage: $(VENV)/.dev ## Show which lines and branches of ledger and metrics their tests leave out (none may)
	@$(PY) -m pytest $(WIDE) tests/ledger tests/metrics --cov

install: $(VENV)/.dev ## Make .venv with everything to run and to test

lint: $(VENV)/.dev ## Check style, types and the import rule
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(PY) -m pytest -q tests/test_architecture.py

format: $(VENV)/.dev ## Format the code
	@$(PY) -m ruff check --fix-only --quiet .
	@$(PY) -m ruff format .

bench: $(VENV)/.dev ## Measure; the figures belong in bench/README.md
	@for script in $(wildcard bench/bench_*.py); do echo "== $$script"; PYTHONPATH=. $(PY) $$script || exit 1; done

migrate: $(VENV)/.runtime ## Bring the database up to date (the app does it by itself at its start)
	@$(PY) -c "from lib.store.engine import migrate; migrate()"

screenshots: $(VENV)/.dev ## Take the pictures of docs/screenshots (needs chromium)
	@$(PY) -m tests.browser.screenshots

docs: $(VENV)/.runtime ## Write docs/metrics.md and the README's tables from the code
	@$(PY) -m lib docs

requirements: $(VENV)/.dev ## Pin the newest versions into requirements*.txt
	@$(PY) -m pip install --quiet uv
	@$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --upgrade pyproject.toml -o requirements.txt
	@$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --upgrade --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt

ci: ## What the build server runs
	@.ci/run

clean: ## Remove .venv and caches; data/ stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage htmlcov

# Stamps: each target installs only when its requirements changed since.
$(VENV)/.runtime: requirements.txt
	@.ci/venv $(VENV) requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt
	@.ci/venv $(VENV) requirements-dev.txt
	@touch $(VENV)/.runtime $@
