# The front door. Each target does its own set-up; nothing has to be installed by hand before.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
export PATH := $(HOME)/.cargo/bin:$(PATH)
export CMAKE_CXX_COMPILER_LAUNCHER ?= $(shell command -v ccache)
export CMAKE_C_COMPILER_LAUNCHER ?= $(CMAKE_CXX_COMPILER_LAUNCHER)
# What ccache must overlook to cache what is compiled with precompiled headers.
export CCACHE_SLOPPINESS ?= pch_defines,time_macros
JOBS ?= $(shell nproc)
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/sonde/demo
SONDE := build/release/bin/sonde

.PHONY: help demo test test-real build bench check clean setup configure fetch fetch-test

help:
	@echo "make demo    build, fetch a small real model and real reviews, find out where it knows sentiment"
	@echo "make test    build and run all fast tests and checks"
	@echo "make test-real  real checkpoints against transformers, state by state (fetches 0.6 GB, installs torch)"
	@echo "make build   build $(SONDE)"
	@echo "make bench   time against transformers and ONNX Runtime (installs them into build/venv)"
	@echo "make check   formatting, budgets and dependency rules only"
	@echo "make clean   remove everything that was built"

setup:
	@tools/setup

configure: setup
	@cmake --preset release > /dev/null

build: configure
	@cmake --build --preset release --target sonde -j $(JOBS)
	@echo "built $(SONDE)"

fetch: setup
	@tools/fetch_demo > /dev/null

demo: build fetch
	@$(SONDE) demo

# What the pages of docs/recipes run on.
fetch-test: fetch
	@tools/fetch_models smollm2-135m-instruct > /dev/null

test: configure fetch-test
	@cmake --build --preset release -j $(JOBS)
	@ctest --preset release -j $(JOBS)
	@tools/check --self-test
	@tools/check

test-real: configure fetch
	@tools/setup --bench
	@tools/fetch_models > /dev/null
	@cmake --build --preset release --target sonde example_fill_mask -j $(JOBS)
	@ctest --test-dir build/release --label-regex slow --output-on-failure --verbose

bench: build fetch
	@tools/setup --bench
	@build/venv/bin/python bench/peers/forward.py $(CACHE)/all-MiniLM-L6-v2 $(CACHE)/reviews.csv --sonde $(SONDE) --rounds 5

check: setup
	@tools/check --self-test
	@tools/check

clean:
	@rm -rf build rust/target
