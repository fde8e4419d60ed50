# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
#
# Everything a person types.  Each target brings in what it needs first (.ci/prepare), and is quick the second time.

SHELL := /bin/bash
PYTHON := .venv/bin/python
ifneq ($(wildcard build),build)
$(shell mkdir -p build)
endif

# TESTS narrows `make test` to files or one test; SEEDS and BENCH belong to sim and hil.
TESTS ?= tests
SEEDS ?= 20
BENCH ?= sim
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help ready ready-test ready-kernel run test lint bench sim screens asan kernel-bench asterisk hil clean

help: ## what can be typed
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 16

ready: # what running needs
	@.ci/prepare run

ready-test: # what testing needs
	@.ci/prepare test

ready-kernel: # what the kernel bench needs
	@.ci/prepare kernel

run: ready ## the whole product on the simulated card, web page on this machine
	@.ci/serve

test: ready-test ## every test (TESTS=tests/test_x.py for some)
	@$(PYTHON) -m pytest -q -n $(WORKERS) --dist worksteal $(TESTS)

lint: ready-test ## format, types, licences, shell scripts
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m mypy
	@$(PYTHON) -m reuse lint --quiet || $(PYTHON) -m reuse lint
	@shellcheck .ci/*

bench: ready-test ## speed and memory, written to build/bench.json (WHOLE=1: ten minutes of real time for lost blocks)
	@$(PYTHON) -m tests.bench $(if $(WHOLE),--whole)

sim: ready-test ## queue model against Erlang, and SEEDS random hours with faults
	@$(PYTHON) -m tests.sim --seeds $(SEEDS)

screens: ready-test ## screenshots of the web pages in build/screens/
	@$(PYTHON) -m pytest -q -n 0 tests/test_web_walk.py

asan: ready-test ## the C engine's tests under the address and undefined-behaviour sanitizers
	@.ci/asan

kernel-bench: ready-kernel ## the kernel of the kernel bench, built once and kept in ~/.cache/switchroom
	@$(PYTHON) -m hil.kernel.build

asterisk: ready-test # Debian's Asterisk, fetched once and kept in ~/.cache/switchroom
	@$(PYTHON) -m hil.asterisk.fetch

hil: ready-test $(if $(filter kernel asterisk,$(BENCH)),kernel-bench) $(filter asterisk,$(BENCH)) ## the scenarios on a bench: BENCH=sim, kernel, asterisk or cabled
	@$(PYTHON) -m hil --bench $(BENCH)

clean: ## take away everything that was built
	rm -rf build .venv *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis dsp/_media.c dsp/_signals.c drivers/dahdi/_dahdi.c
	find dsp drivers -name '*.so' -delete
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
