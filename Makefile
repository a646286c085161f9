# Every command sets up what it needs, says what it does, and may be repeated.
#   make run     a desk that talks, with demo data, on this machine
#   make test    everything CI runs
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
# uv must use this project's environments, not one that happens to be active.
unexport VIRTUAL_ENV

UV := .uv/bin/uv
PY := .venv/bin/python
WELCOME := .venv/bin/welcome
RASA := nlu/rasa/.venv
say = @printf '\033[1m==> %s\033[0m\n'

.PHONY: help run test train bench texts lint types setup setup-test browser rasa locks clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup ## Start the desk here: try-out page, staff pages, worker (demo data, SQLite)
	$(WELCOME) up --demo

setup: .venv/.run-ready staff/static/.built bot/print/fonts/.ready ## Bring everything that `make run` needs

test: setup-test ## Everything CI runs: lint, types, import contracts, data checks, tests, Rasa parity
	@$(MAKE) lint types
	$(say) "Checking the knowledge base, the texts and the training data"
	$(WELCOME) kb check
	$(WELCOME) texts check
	$(WELCOME) texts segments
	$(WELCOME) nlu lint
	$(say) "Running the tests"
	$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder

setup-test: .venv/.dev-ready staff/static/.built bot/print/fonts/.ready browser rasa ## Bring everything that `make test` needs

lint: .venv/.dev-ready ## Style, formatting and the import contracts
	$(say) "Checking style and import contracts"
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	.venv/bin/lint-imports

types: .venv/.dev-ready ## Types, strictly
	$(say) "Checking types"
	$(PY) -m mypy bench bot flows kb nlu staff store tests

train: .venv/.dev-ready rasa ## Train the language model, test it, export it to nlu/model
	$(PY) -m nlu.train

bench: setup-test ## The benchmarks; results in bench/results
	$(PY) -m bench

texts: .venv/.dev-ready ## Update the translation catalogues from the English words
	$(WELCOME) texts update
	$(WELCOME) texts check

locks: $(UV) ## Make the hashed requirement files again from each pyproject.toml
	$(UV) pip compile -q --upgrade $(LOCK) --python-version 3.12 pyproject.toml -o requirements.txt
	$(UV) pip compile -q --upgrade $(LOCK) --python-version 3.12 --extra dev pyproject.toml -c requirements.txt -o requirements-dev.txt
	cd nlu/rasa && ../../$(UV) pip compile -q --upgrade $(LOCK) --python-version 3.10 pyproject.toml -o requirements.txt
LOCK := --universal --generate-hashes --no-emit-index-url --no-header

clean: ## Remove what setup brought and what runs left (keeps var/, the data)
	rm -rf .venv .uv .node node_modules $(RASA) staff/static/* staff/static/.built bot/print/fonts .mypy_cache .ruff_cache .pytest_cache

# --- what the targets above stand on -------------------------------------------------------------

$(UV): tools/requirements-uv.txt
	$(say) "Fetching uv, which installs the rest"
	@tools/find-python -m venv .uv
	.uv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r tools/requirements-uv.txt
	@touch $@

# A stamp, not .venv/bin/python: that is a link, and as old as the interpreter it leads to.
.venv/.made: .python-version | $(UV)
	@tools/make-venv .venv
	@touch $@

.venv/.run-ready: requirements.txt pyproject.toml | $(UV) .venv/.made
	$(say) "Installing what the desk runs on"
	@if [ -e .venv/.dev-ready ]; then $(MAKE) .venv/.dev-ready; else $(UV) pip sync --require-hashes requirements.txt; tools/install-self; fi
	@touch $@

.venv/.dev-ready: requirements-dev.txt requirements.txt pyproject.toml | $(UV) .venv/.made
	$(say) "Installing what the desk and its tests run on"
	$(UV) pip sync --require-hashes requirements-dev.txt
	@tools/install-self
	@touch $@

node_modules/.ready: package.json package-lock.json tools/requirements-node.txt | $(UV)
	$(say) "Fetching page styles, fonts and test tools from npm"
	tools/npm ci --no-progress --loglevel=error
	@touch $@

staff/static/.built: node_modules/.ready staff/assets.py | .venv/.made
	@$(MAKE) --no-print-directory -s .venv/.run-ready
	$(PY) -m staff.assets node_modules staff/static
	@touch $@

bot/print/fonts/.ready: node_modules/.ready bot/fonts.py | .venv/.made
	$(PY) -m bot.fonts node_modules bot/print/fonts
	@touch $@

rasa: $(RASA)/.ready ## Bring Rasa, in its own environment (about 2.5 GB)

$(RASA)/.ready: nlu/rasa/requirements.txt nlu/rasa/.python-version | $(UV)
	$(say) "Installing Rasa in its own environment (about 2.5 GB, Python 3.10)"
	@tools/make-venv nlu/rasa/.venv
	cd nlu/rasa && ../../$(UV) pip sync --require-hashes requirements.txt
	@touch $@

browser: ## Find Chromium for the page tests, or install it where that is possible
	@tools/find-browser
