# cim-server: `make` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON := $(shell for p in python3.13 python3.12 python3 $(wildcard $(HOME)/.pyenv/versions/3.1[2-9]*/bin/python3); do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && echo "$$p" && break; done)
VENV := .venv
BIN := $(VENV)/bin
VIEWER := assets/viewer
TOOLS := tests/tools
PEERS := build/peers
DEMO := build/demo-city
PORT ?= 8000
EXTRAS := --extra bim --extra compression --extra models --extra oidc --extra points --extra raster

.PHONY: help setup demo test lint fmt bench bench-geocode cite docs lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /  make \1\t/' | expand -t 16

setup: $(VENV)/.run $(VIEWER)/dist/index.html ## Install what the program needs and build the map page

demo: setup ## Make the sample city, serve it, print the address (PORT=8000)
	@$(BIN)/cim demo $(DEMO) --port $(PORT)

test: setup $(VENV)/.dev $(TOOLS)/node_modules/.installed $(PEERS)/py3dtiles/.installed ## Run all tests (as root installs Debian's Chromium and QGIS too)
	@scripts/debian-packages
	$(BIN)/pytest

lint: $(VENV)/.dev $(VIEWER)/node_modules/.installed ## Check style, types, imports, spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/codespell
	npm --prefix $(VIEWER) run lint

fmt: $(VENV)/.dev ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup $(VENV)/.dev $(PEERS)/py3dtiles/.installed $(PEERS)/addresses/.installed $(PEERS)/tipg/.installed $(PEERS)/addok/.installed ## Measure speed and memory beside the peers
	@scripts/debian-packages bench
	$(BIN)/python -m benchmarks.run

bench-geocode: setup $(VENV)/.dev ## Measure how right, honest and quick the geocoder is
	$(BIN)/python -m benchmarks.run geocode

cite: setup $(VENV)/.dev ## Run OGC's own test suite of API - Features (Java 17, Maven; CITE_JAR=FILE uses a copy of it)
	@scripts/debian-packages cite
	$(BIN)/python scripts/cite

docs: $(VENV)/.dev ## Build the documentation into site/
	$(BIN)/mkdocs build --strict

lock: $(VENV)/.dev ## Resolve and lock the Python dependencies anew
	$(BIN)/uv pip compile -q --python-version 3.12 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  $(EXTRAS) -o requirements/run.txt pyproject.toml
	$(BIN)/uv pip compile -q --python-version 3.12 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  $(EXTRAS) --extra dev -c requirements/run.txt -o requirements/dev.txt pyproject.toml
	printf '%s\n' cpca==0.5.5 jionlp==1.5.31 'setuptools<81' | $(BIN)/uv pip compile -q --python-version 3.12 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  -o requirements/peer-addresses.txt -
	echo addok==1.3.2 | $(BIN)/uv pip compile -q --python-version 3.12 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  -o requirements/peer-addok.txt -
	printf '%s\n' tipg==1.6.1 uvicorn | $(BIN)/uv pip compile -q --python-version 3.12 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  -o requirements/peer-tipg.txt -
	echo 'py3dtiles[ifc,las,ply]==12.1.1' | $(BIN)/uv pip compile -q --python-version 3.12 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  -o requirements/peer-py3dtiles.txt -

clean: ## Remove everything made here
	rm -rf $(VENV) build site $(VIEWER)/dist $(VIEWER)/node_modules $(TOOLS)/node_modules

$(VENV)/.python:
	@test -n "$(PYTHON)" || { echo "make: no Python >= 3.12 on PATH or under ~/.pyenv/versions; install one" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/.python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/run.txt
	@scripts/link-project $(VENV)
	@touch $@

$(VENV)/.dev: requirements/dev.txt | $(VENV)/.run
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

$(VIEWER)/node_modules/.installed: $(VIEWER)/package.json $(VIEWER)/package-lock.json
	npm --prefix $(VIEWER) ci --no-audit --no-fund --loglevel=error
	@touch $@

$(VIEWER)/dist/index.html: $(VIEWER)/node_modules/.installed $(shell find $(VIEWER)/src $(VIEWER)/tooling $(VIEWER)/public $(VIEWER)/index.html $(VIEWER)/vite.config.* -type f 2>/dev/null)
	npm --prefix $(VIEWER) run build
	@touch $@

$(TOOLS)/node_modules/.installed: $(TOOLS)/package.json $(TOOLS)/package-lock.json
	npm --prefix $(TOOLS) ci --no-audit --no-fund --loglevel=error
	@touch $@

$(PEERS)/py3dtiles/.installed: requirements/peer-py3dtiles.txt | $(VENV)/.python
	$(BIN)/python -m venv --clear $(PEERS)/py3dtiles
	$(PEERS)/py3dtiles/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/peer-py3dtiles.txt
	@touch $@

$(PEERS)/addresses/.installed: requirements/peer-addresses.txt | $(VENV)/.python
	$(BIN)/python -m venv --clear $(PEERS)/addresses
	$(PEERS)/addresses/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/peer-addresses.txt
	@touch $@

$(PEERS)/tipg/.installed: requirements/peer-tipg.txt | $(VENV)/.python
	$(BIN)/python -m venv --clear $(PEERS)/tipg
	$(PEERS)/tipg/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/peer-tipg.txt
	@touch $@

$(PEERS)/addok/.installed: requirements/peer-addok.txt | $(VENV)/.python
	$(BIN)/python -m venv --clear $(PEERS)/addok
	$(PEERS)/addok/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/peer-addok.txt
	@touch $@
