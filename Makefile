# Everything a person or a machine does to this project. On a fresh Debian 12 it needs python3.11 and make, nothing else.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

BIN := .venv/bin
STAMP := .venv/.installed
TYPED := axis envelopes migrations routing scripts signing storage tests $(wildcard benchmarks)
# A test waits for servers and processes of its own about as long as it works, so there are twice as many as there are
# processors. Each may start a PostgreSQL; beyond six they wait for each other's disk.
JOBS ?= $(shell n=$$(( $$(nproc) * 2 )); echo $$((n < 6 ? n : 6)))
# Debian packages that tests need from outside: other judges of signatures, a token of files, a real S3 store.
OUTSIDE := openssl rabbitmq-server redis-server softhsm2 xmlsec1 radosgw ceph-mon ceph-osd ceph-common
# Seconds of fuzzing for each target.
TIME ?= 300
# Of the run under trouble: how long one plan of it is, and how many deliveries are accepted before it ends.
MINUTES ?= 10
DELIVERIES ?= 100000

.PHONY: help venv test check fix demo up bench conformance fuzz chaos docs lock clean

help: ## List the targets
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r target words; do \
		printf '  %-12s %s\n' "$$target" "$$words"; done

venv: $(STAMP) ## Create .venv from requirements.lock, hashes checked

$(STAMP): requirements.lock pyproject.toml scripts/venv
	@scripts/venv
	@touch $@

test: $(STAMP) ## Run all tests; JOBS=1 runs them in one process
	@for package in $(OUTSIDE); do scripts/provide "$$package" || [ "$${CI:-}" != true ]; done
	$(BIN)/pytest -n $(JOBS) --dist worksteal

check: $(STAMP) ## Lint, format, types, floors, shell syntax
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(TYPED)
	$(BIN)/lint-imports
	for script in scripts/* .ci/run; do \
		if [ -f $$script ] && [ "$$(head -c 2 $$script)" = '#!' ]; then bash -n $$script; fi; done

fix: $(STAMP) ## Repair what ruff can repair, then format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

demo: $(STAMP) ## Run the whole exchange once and leave receipts in demo-out/
	@$(BIN)/axis demo

up: $(STAMP) ## Run the embedded axis until it is interrupted; PORT=8090 takes another port
	@$(BIN)/axis up $(if $(PORT),--port $(PORT))

bench: $(STAMP) ## Measure the running axis and the floor beneath it
	@$(BIN)/python -m benchmarks

conformance: $(STAMP) ## Judge by vectors nobody here wrote (AXIS_CONFORMANCE names their folder)
	@$(BIN)/python -m tests.conformance

fuzz: $(STAMP) ## Fuzz the reader, the XML verifier, the PDF gate and the revocation judge, TIME seconds each (300)
	for target in reader verifier pdf revocation; do $(BIN)/python -m tests.fuzz $$target $(TIME); done

chaos: $(STAMP) ## Load an axis while all around it fails, MINUTES (10) at least and until DELIVERIES (100000)
	@for package in redis-server radosgw ceph-mon ceph-osd ceph-common; do scripts/provide "$$package"; done
	@$(BIN)/python -m tests.chaos --minutes $(MINUTES) --deliveries $(DELIVERIES)

docs: $(STAMP) ## Make the lists in docs/ anew from the code, then test all that the documentation says
	$(BIN)/python -m scripts.document
	$(BIN)/pytest tests/docs

lock: $(STAMP) ## Write requirements.lock anew; UPGRADE=--upgrade takes the newest versions
	$(BIN)/uv pip compile pyproject.toml --extra embedded --group dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
		--quiet $(UPGRADE) --output-file requirements.lock

clean: ## Remove .venv, caches and demo-out; never var/, where an axis keeps what it accepted
	rm -rf .venv .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist demo-out *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
