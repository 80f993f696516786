# What a newcomer needs: make run, make test. The rest: make help.
PRESET ?= debug
BUILD := build/$(PRESET)
DATA ?= data/demo
JOBS ?= $(shell nproc)
WEB := console widget storefront
SHELL := /bin/bash

.PHONY: help setup web build run test bench attack faults tls fmt lint openapi clean
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: ## install what the build and the tests need (Debian 12)
	@scripts/setup

# A page's bundle is rebuilt when one of its sources is newer.
define bundle
build/web/$(1).stamp: $$(shell find web/$(1) -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)
	@echo "building web/$(1)"
	@mkdir -p build/web
	@cd web/$(1) && npm ci --no-audit --no-fund --loglevel=error && npm run --silent build
	@touch $$@
endef
$(foreach page,$(WEB),$(eval $(call bundle,$(page))))

web: setup ## the console, the widget and the demo storefront
	@$(MAKE) --no-print-directory -j $(JOBS) $(WEB:%=build/web/%.stamp)

build: web ## the server (PRESET=debug, release, asan-ubsan or tsan)
	@cmake --preset $(PRESET) >build/cmake-$(PRESET).log || { cat build/cmake-$(PRESET).log; exit 1; }
	@cmake --build --preset $(PRESET) -j $(JOBS)

run: PRESET = release
run: ## build, start Cordon with a private database, open two stores (DATA=folder imports outside data; SPLIT=1 runs its services apart)
	@$(MAKE) --no-print-directory build PRESET=release
	@scripts/run $(DATA)

test: build ## every test: units on a real PostgreSQL, hostile cases, pages, a real browser
	@$(MAKE) --no-print-directory -j $(JOBS) tests/e2e/node_modules/.stamp tests/outside/node_modules/.stamp
	@cd $(BUILD) && ctest --output-on-failure --no-tests=error --parallel $(JOBS)

tests/%/node_modules/.stamp: tests/%/package-lock.json | setup
	@cd tests/$* && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

bench: ## the benchmarks (ONLY=door, api, chat, identity, keys or audit): a table and build/bench.json
	@$(MAKE) --no-print-directory build PRESET=release
	@bench/run $(ONLY)

attack: build ## the attack corpus; BASELINE=1 runs it against the common design, where it has to find leaks
	@$(BUILD)/cordon_attack $(if $(BASELINE),--baseline)

ROUNDS ?= 200
faults: build ## kill -9 of server and database at random moments under load (ROUNDS=200): what was answered is on record
	@set -o pipefail; CORDON_FAULT_ROUNDS=$(ROUNDS) $(BUILD)/cordon_tests --gtest_filter='AuditFaults.*' | tee build/faults.log
	@grep '^rounds=' build/faults.log

tls: build ## what testssl.sh finds on a running server: its findings above LOW, which docs/tls.md explains
	@scripts/tls $(BUILD)/cordon

openapi: build ## web/console/openapi.json and the console's types, from the routes
	@$(BUILD)/cordon openapi | web/console/node_modules/.bin/prettier --parser json > web/console/openapi.json
	@cd web/console && npm run --silent api

fmt: setup ## format the C++
	@git ls-files 'src/*.cc' 'src/*.h' 'tests/*.cc' 'tests/*.h' 'bench/*.cc' 'bench/*.h' | xargs clang-format-19 -i

# The two warnings are clang's about g++'s own flags and precompiled header, not about the code.
lint: build ## clang-format and clang-tidy
	@git ls-files 'src/*.cc' 'src/*.h' 'tests/*.cc' 'tests/*.h' | xargs clang-format-19 --dry-run -Werror
	@git ls-files 'src/*.cc' | grep -v -e _test.cc -e net/asio.cc | xargs -P $(JOBS) -n 4 clang-tidy-19 -p $(BUILD) --quiet \
	  --extra-arg=-Wno-unused-command-line-argument --extra-arg=-Wno-ignored-gch

clean: ## forget every build
	@rm -rf build web/*/dist
