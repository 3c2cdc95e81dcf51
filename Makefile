# Nightrounds. `make help` lists what there is; every target installs what it needs (see setup).

SHELL := /bin/bash
BIN := bin
GO ?= go
export GOTOOLCHAIN ?= auto

APT := g++ pkg-config libopencv-dev
APT_TEST := chromium

.PHONY: help setup setup-test build demo test race lint bench fuzz page vuln clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

setup: ## install what building needs (Debian 12 or 13, Ubuntu 24.04)
	@.ci/install $(APT)

setup-test: setup
	@.ci/install --browser

build: setup ## build both programs into bin/
	CGO_ENABLED=0 $(GO) build -trimpath -o $(BIN)/nightrounds ./fleet/cmd/nightrounds
	$(GO) build -trimpath -o $(BIN)/nightrobot ./robot/cmd/nightrobot

demo: build ## run a controller and three simulated robots in a sample hall with faults in it
	@exec $(BIN)/nightrounds demo $(DEMO)

test: setup-test build ## run every test
	$(GO) test -timeout 15m ./...

race: setup-test ## run the tests of what runs concurrently under the race detector
	$(GO) test -race -short -timeout 15m ./fleet/... ./robot ./robot/eyes ./robot/link ./robot/outbox ./firmware-bridge/...

lint: setup ## check style and correctness
	.ci/lint

vuln: setup ## look for known vulnerabilities in what we call (needs vuln.go.dev)
	$(GO) tool -modfile=.ci/tools/go.mod govulncheck ./...

bench: setup ## run the benchmarks
	$(GO) test -run '^$$' -bench . -benchmem ./...

fuzz: setup ## fuzz every parser of outside input for a few seconds each
	.ci/fuzz $(FUZZTIME)

page: ## build the page from its sources (needs Node and npm; the built page is committed)
	cd fleet/web/ui && npm ci && npm run check
	$(GO) generate ./fleet/web

clean: ## remove what was built and what the demo remembers
	rm -rf $(BIN) .demo
