# The same few words for everybody, CI included. serve, build, test, e2e and screenshots first install what they need
# and is not there yet; see tools/install.sh.

SHELL := bash
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help install serve build test e2e bench fmt screenshots clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: ## Serve the page on http://127.0.0.1:8080, rebuilt on every change (RELEASE=1, PORT=n)
	@tools/install.sh page
	@tools/serve.sh

build: ## Build the page into dist/ and check its size
	@tools/install.sh page
	@tools/build.sh

test: ## Run every check and test, in the order that CI does
	@tools/install.sh test
	@tools/test.sh

e2e: ## Run the end-to-end test of dist/ as it is (ONLY=part of a file name)
	@tools/install.sh test
	@tools/e2e.sh $(ONLY)

bench: ## Measure the engine and the page: ratios beside their bars
	@tools/install.sh test
	@tools/bench.sh

screenshots: ## Build, run the end-to-end test and refresh docs/screenshot.png
	@tools/install.sh test
	@tools/build.sh
	@UPDATE_SCREENSHOTS=1 tools/e2e.sh

fmt: ## Format the Rust code
	@cargo fmt

install: ## Install what the other targets need, and nothing else
	@tools/install.sh test

clean: ## Remove what was built (the installed tools stay)
	rm -rf target dist tests/e2e/node_modules
