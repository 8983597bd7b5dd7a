# Everything that is made here. Each target makes its own environment in .venv first, and builds
# the Rust extension whenever a Rust source has changed.

PYTHON ?= python3
ARGS ?=

BIN := .venv/bin
BUILT_FROM := pyproject.toml Cargo.toml Cargo.lock .cargo/config.toml rust_core/Cargo.toml \
	rust_core/build.rs rust_core/src $(wildcard rust_core/src/*.rs rust_core/src/*/*.rs)

.NOTPARALLEL:
.PHONY: help run test lint format docs bench fuzz mutants clean

help: ## list what there is to make (also plain `make`)
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | \
		awk -F '|' '{ printf "make %-8s%s\n", $$1, $$2 }'

run: .venv/.run ## train federated averaging on digits and plot it; ARGS="--help" shows the rest
	@$(BIN)/pyfedlite run $(ARGS)

test: .venv/.dev ## run all tests: Rust, Python, and the examples in the docstrings
	cargo test --quiet --locked
	$(BIN)/python -m pytest $(ARGS)

lint: .venv/.dev ## check format, style, types and stubs, in Python and in Rust
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest pyfedlite._rust
	cargo fmt --check
	cargo clippy --quiet --locked --all-targets -- -D warnings

format: .venv/.dev ## put Python and Rust into their standard format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	cargo fmt

docs: .venv/.docs ## build the documentation into docs/_build/html and check the pages
	$(BIN)/sphinx-build -W -n --keep-going -q -b html docs docs/_build/html
	BUILT_SITE=docs/_build/html $(BIN)/python -m pytest tests/docs

bench: .venv/.dev ## measure what the performance page quotes
	$(BIN)/python -m benchmarks $(ARGS)

fuzz: .venv/.dev ## throw a million damaged messages, a thousand files of each kind; ARGS="100000 7" for fewer
	$(BIN)/python -m pyfedlite.testing.fuzzing $(or $(ARGS),1000000)

mutants: .venv/.dev ## break secure aggregation at many places and see the tests notice; ARGS="keys graph"
	$(BIN)/python tests/mutants/secagg.py $(ARGS)

clean: ## remove everything that make has made, .venv too
	rm -rf .venv target dist docs/_build pyfedlite/tutorials .mypy_cache .pytest_cache .ruff_cache .hypothesis
	rm -f pyfedlite/_rust*.so pyfedlite/_rust*.pyd
	find pyfedlite tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

.venv/.run: EXTRAS := plot,fast
.venv/.dev: EXTRAS := secagg,plot,fast,dp,test
.venv/.dev: GROUP := --group lint --group executors --group order
.venv/.docs: EXTRAS := secagg,plot,fast,dp,test,docs

.venv/.run .venv/.dev .venv/.docs: $(BUILT_FROM)
	@sh .ci/tools $(PYTHON)
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing pyfedlite[$(EXTRAS)] into .venv; the first time takes a minute or two"
	@$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	@rm -f pyfedlite/_rust*.so # the file that a running process has loaded must not be written over
	@$(BIN)/python -m pip install --quiet --editable '.[$(EXTRAS)]' $(GROUP)
	@touch $@
