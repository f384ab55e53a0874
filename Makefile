# Everything a developer runs. `make help` explains each target; each sets up what it needs by itself.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.set-up
ARGS ?=
# Every test has its own limit in pyproject.toml or on itself; ARGS narrows a run: make test ARGS="-k outbox"
PIP := $(BIN)/python -m pip install --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

.PHONY: help setup demo clean-demo test browser-test check format protos lock fault bench bench-assess bench-detection bench-alerting compose-test secrets clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv with exactly the locked packages (needs Python 3.11 to 3.13)
	@:

$(STAMP): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
	  echo "Attune needs Python 3.11 to 3.13; $(PYTHON) is $$($(PYTHON) --version 2>&1 || echo missing)."; \
	  echo "Name another one: make setup PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "$(PYTHON) has no venv module. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@[ -x $(BIN)/python ] || { echo "Making $(VENV) with $$($(PYTHON) --version)"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing the locked packages (the first time it takes a minute or two)"
	@$(PIP) --progress-bar off --require-hashes -r requirements-dev.lock | awk -v all=$$(grep -c '==' requirements-dev.lock) \
	  '/^Collecting/ && ++n % 10 == 0 { printf "  %d of about %d\n", n, all; fflush() } /^Installing/ { print "  unpacking"; fflush() }'
	@# Without build isolation, so that the build backend comes from the lock, too.
	@$(PIP) --quiet --no-deps --no-build-isolation --editable .
	@touch $@
	@echo "Ready: $(BIN)/attune"

demo: $(STAMP) ## run everything here with three simulated clinics: make demo ARGS="--sessions 600 --exit --report report.json"
	@$(BIN)/attune demo $(ARGS)

clean-demo: ## forget the demo's data (.attune/)
	@if [ -f .attune/stack.lock ] && command -v flock >/dev/null && ! flock --nonblock .attune/stack.lock true; then \
	  echo "The demo is running; stop it with Ctrl-C in its terminal first."; exit 1; fi
	@rm -rf .attune

test: $(STAMP) ## unit, contract, integration and e2e tests on the real broker and database
	@$(PYTEST) $(ARGS)

browser-test: $(STAMP) ## the client's form in a real Chromium, with and without scripts; installs Playwright and axe-core
	@command -v chromium chromium-browser google-chrome >/dev/null || { \
	  echo "There is no Chromium. On Debian and Ubuntu: apt install chromium"; exit 1; }
	@command -v npm >/dev/null || { echo "There is no npm. On Debian and Ubuntu: apt install npm"; exit 1; }
	@$(PIP) --quiet --require-hashes -r tests/browser/requirements.lock
	@npm ci --prefix tests/browser --silent --ignore-scripts --no-audit --no-fund
	@$(PYTEST) tests/browser $(ARGS)

check: $(STAMP) ## lint, format, types, layers, protos, generated code, compose file
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd protos && ../$(BIN)/buf lint
	@# Against what others build on: the main branch, or the commit before when this is it.
	@for ref in origin/main main HEAD~1 HEAD; do \
	  commit=$$(git rev-parse --quiet --verify "$$ref^{commit}") || continue; \
	  if [ "$$ref" != HEAD ] && [ "$$commit" = "$$(git rev-parse HEAD)" ]; then continue; fi; \
	  git cat-file -e "$$commit:protos/buf.yaml" 2>/dev/null || continue; \
	  echo "buf breaking, against $$ref"; \
	  (cd protos && ../$(BIN)/buf breaking --against "../.git#ref=$$commit,subdir=protos"); \
	  break; \
	done
	$(BIN)/python -m services.dev.generate --check
	@if docker compose version >/dev/null 2>&1; then \
	  echo "docker compose config"; \
	  ATTUNE_KAFKA_CLUSTER_ID=check ATTUNE_PUBLIC_URL=https://check.invalid ATTUNE_FORM_URL=https://form.invalid ATTUNE_SMTP_HOST=check.invalid docker compose config --quiet; \
	else echo "docker compose is not here: docker-compose.yml was not checked"; fi

format: $(STAMP) ## format the code and put right what ruff can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

protos: $(STAMP) ## generate services/gen from protos/
	$(BIN)/python -m services.dev.generate

lock: $(STAMP) ## resolve requirements*.lock and Kafka's jars anew; UPGRADE=1 takes newer versions
	$(COMPILE) $(if $(UPGRADE),--upgrade) --all-extras pyproject.toml --output-file requirements-dev.lock
	$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --output-file requirements.lock
	$(COMPILE) $(if $(UPGRADE),--upgrade) --constraint requirements-dev.lock tests/browser/requirements.in --output-file tests/browser/requirements.lock
	cd services/dev/broker && $(abspath $(BIN))/jgo lock

fault: $(STAMP) ## kill services, broker and database under load and check the ledger; long
	@$(PYTEST) tests/fault $(ARGS)

bench: $(STAMP) ## latency and rates; writes the table of tests/bench/README.md
	@$(BIN)/python -m tests.bench $(ARGS)

bench-assess: $(STAMP) ## how long the assessment of an episode of 50 ratings takes
	@$(BIN)/python -m tests.bench.assess

bench-detection: $(STAMP) ## every detector on simulated clients, beside two that are told the true level (tests/bench/detection.md)
	@$(BIN)/python -m tests.bench.report $(ARGS)

bench-alerting: $(STAMP) ## a storm of 5,000 ruptures and 20 risk answers on 110,000 stored alerts
	@$(BIN)/python -m tests.bench.alerting $(ARGS)

compose-test: $(STAMP) ## docker compose from clean to a delivered webhook, and back after kills (tests/compose/README.md)
	@$(PYTEST) tests/compose $(ARGS)

secrets: $(STAMP) ## every secret of a docker compose deployment, once; keeps what is there
	@$(BIN)/attune secrets generate $(ARGS)

clean: clean-demo ## remove caches, build output and .venv too
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist build
