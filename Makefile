# Commands for developers and CI. Each target first installs its missing dependencies; see tools/install.sh.

SHELL := bash
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help install serve build check test bare-test e2e bench fmt licenses screenshots clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: ## Serve the page on http://127.0.0.1:8080, rebuilt on every change (RELEASE=1, PORT=n)
	@tools/install.sh $(if $(filter 1,$(RELEASE)),build,page)
	@tools/serve.sh

build: ## Build the page into dist/ and check its size
	@tools/install.sh build
	@tools/build.sh

check: ## For daily work: format, lints and the quick tests of the core
	@tools/install.sh check
	@tools/test.sh check

test: ## Run every check and test, as CI does
	@tools/install.sh check
	@tools/test.sh

bare-test: ## Run serve and test in a container without any tools; needs root
	@tools/bare-test.sh

e2e: ## Run the end-to-end test of dist/ as it is (ONLY=part of a file name)
	@tools/install.sh test
	@tools/e2e.sh $(ONLY)

bench: ## Run the benchmarks of engine and page: ratios with their limits
	@tools/install.sh test
	@tools/bench.sh

screenshots: ## Build, draw every view into target/screenshots and refresh docs/screenshot.png
	@tools/install.sh test
	@tools/build.sh
	@UPDATE_SCREENSHOTS=1 tools/e2e.sh look

licenses: ## Generate static/licenses.txt, after a change of Cargo.lock
	@tools/licenses.sh

fmt: ## Format the Rust code
	@cargo fmt

install: ## Install the dependencies of all targets
	@tools/install.sh test

clean: ## Remove what was built (the installed tools stay)
	rm -rf target dist tests/e2e/node_modules
