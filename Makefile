# Nightrounds. `make help` lists what there is; every target installs what it needs (see setup).

SHELL := /bin/bash
BIN := bin
GO ?= go
FUZZTIME ?= 5s
.DEFAULT_GOAL := help

APT := g++ pkg-config libopencv-dev opencv-data
# Ticket systems, a mail server and an SNMP agent that tests start on the loopback; where they are not, those tests are skipped.
PEERS := prometheus-alertmanager request-tracker5 rt5-db-sqlite rt5-standalone dbconfig-sqlite3 msmtp-mta python3-aiosmtpd snmpd
# Its tests run whole houses against the clock: they get the machine to themselves.
STORIES := fleet/cmd/nightrounds
# Tests run with -vet=off: lint vets.

.PHONY: help setup setup-test build demo test peers test-peers race lint bench fuzz page vuln clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

setup: ## install what building needs (Debian 12 or 13, Ubuntu 24.04)
	@command -v $(GO) >/dev/null || { echo "there is no $(GO) here: install Go 1.21 or newer, see https://go.dev/dl" >&2; exit 1; }
	@$(GO) env GOTOOLCHAIN | grep -q . || { echo "$$($(GO) version) is too old: install Go 1.21 or newer, see https://go.dev/dl" >&2; exit 1; }
	@.ci/install $(APT)

setup-test: setup ## install what testing needs
	@.ci/install --browser

build: setup ## build both programs into bin/
	CGO_ENABLED=0 $(GO) build -o $(BIN)/nightrounds ./fleet/cmd/nightrounds
	$(GO) build -o $(BIN)/nightrobot ./robot/cmd/nightrobot

demo: build ## run a controller and three simulated robots in a sample hall with faults in it
	@exec $(BIN)/nightrounds demo $(DEMO)

test: setup-test ## run every test
	$(GO) build ./...
	$(GO) test -vet=off -timeout 10m $$($(GO) list ./... | grep -v '/$(STORIES)$$')
	$(GO) test -vet=off -timeout 20m ./$(STORIES)

peers: ## install the ticket systems, mail server and SNMP agent that test-peers starts
	@.ci/install --peers $(PEERS)

test-peers: setup-test peers ## run the tests against real ticket systems, a mail server and an SNMP agent (Debian)
	NIGHTROUNDS_PEERS=1 $(GO) test -count=1 -timeout 10m -v -run '^TestAReal' ./fleet ./fleet/inbound ./fleet/machine/snmp

race: setup-test ## run the tests of what runs concurrently under the race detector
	$(GO) test -race -short -vet=off -timeout 15m $$($(GO) list ./fleet/... | grep -Ev '/(webtest|fleettest|faultbench|patrolbench|nights)$$') ./robot ./robot/eyes ./robot/link ./robot/outbox ./firmware-bridge/...

lint: setup ## check style and correctness
	@.ci/lint

vuln: setup ## look for known vulnerabilities in what we call (needs vuln.go.dev)
	@.ci/vuln

bench: setup ## run the benchmarks
	$(GO) test -run '^$$' -bench . -benchmem ./...

fuzz: setup ## fuzz every parser of outside input for a few seconds each
	@.ci/fuzz $(FUZZTIME)

page: ## build the page from its sources (needs Node and npm; the built page is committed)
	cd fleet/web/ui && npm ci && npm run check
	$(GO) generate ./fleet/web

clean: ## remove what was built and what the demo remembers
	rm -rf $(BIN) .demo
