# make test is what must pass before a change is pushed; .ci/run does more of it.

GO ?= go
FUZZTIME ?= 5s

.PHONY: build test lint lua51 luacheck interop race race-all fuzz bench cover generate soak

build:
	$(GO) build -trimpath -o botd ./cmd/botd

# ./tests comes first: it takes longest, and mostly waits for the processes it starts.
test: lint lua51 luacheck
	BOTD_LUA51=$$(command -v lua5.1) BOTD_LUACHECK=$$(command -v luacheck) $(GO) test -vet=off ./tests ./...
	@$(MAKE) --no-print-directory interop

# What the tests say of Lua is compared with the real thing. Debian's lua5.1 is installed
# where that can be done without asking anybody; without it the tests pass all the same.
lua51:
	@command -v lua5.1 >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && .ci/lua51; } || true
	@command -v lua5.1 >/dev/null \
		&& echo "conformance: the language tables are compared with $$(lua5.1 -v 2>&1 | cut -d' ' -f1,2)" \
		|| echo 'conformance: no lua5.1 here (apt-get install lua5.1), the language tables are compared with what it once said'

# All Lua of the repository is shown to luacheck too; without it our own check looks alone.
luacheck:
	@command -v luacheck >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && .ci/luacheck; } || true
	@command -v luacheck >/dev/null \
		&& echo "scripts, plugins and examples are shown to luacheck" \
		|| echo 'no luacheck here (apt-get install lua-check), the scripts are only shown to botd check'

lint:
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	@unformatted=$$("$$($(GO) env GOROOT)/bin/gofmt" -l .); \
	if [ -n "$$unformatted" ]; then \
		printf 'gofmt would change:\n%s\n' "$$unformatted"; exit 1; \
	fi

# What speaks old protocols is held against the old software itself, which needs Node. It is
# installed below build/, with its scripts off, and only listens on loopback.
NODE_DIR ?= $(CURDIR)/build/node

interop:
	@if ! command -v node >/dev/null || ! command -v npm >/dev/null; then \
		echo 'interop: left out, because node or npm is not installed'; exit 0; \
	fi; \
	mkdir -p $(NODE_DIR) && \
	if ! cmp -s adapters/internal/socketio09/realtest/node/package.json $(NODE_DIR)/package.json; then \
		cp adapters/internal/socketio09/realtest/node/package.json $(NODE_DIR)/package.json && \
		if ! npm install --prefix $(NODE_DIR) --ignore-scripts --no-audit --no-fund --loglevel error; then \
			rm -f $(NODE_DIR)/package.json; \
			echo 'interop: left out, because npm cannot install the packages'; exit 0; \
		fi; \
	fi; \
	BOTD_NODE_MODULES=$(NODE_DIR) $(GO) test -count 1 -run '^TestReal' \
		./adapters/internal/socketio09 ./adapters/hitbox ./adapters/simplex/simplextest

# The race detector needs a C compiler. Left out is what starts processes or holds scripts
# to limits on time and memory, which the detector multiplies, and what only counts and takes
# long: race-all has them too. SQLite is machine-made from C and left as it is: watched, it
# takes three times as long, and its memory is none of Go's.
RACE = -race -gcflags='modernc.org/...=-race=false'
RACE_SKIP = ^(TestYear|TestEstimateOfWhatIsKept)$$

race:
	$(GO) test -vet=off $(RACE) -skip '$(RACE_SKIP)' $$($(GO) list ./... | grep -vE '^botd/(tests|engine/(isolate|raffle|script/luasrc)|cmd/.*)$$')

race-all:
	$(GO) test $(RACE) -timeout 60m ./...

# Each fuzz target for FUZZTIME. A binary takes one target at a time and is built once for all
# of its package; coverage of botd's own code guides it, and of the decoder that most of its
# input passes first, so that all else is built already.
# It fails without a finding when the time ends in the middle of a call, and then says no
# more than this.
FUZZ_BIN = $(CURDIR)/build/fuzz.test
FUZZ_FLAGS = -gcflags='botd/...=-d=libfuzzer' -gcflags='encoding/json=-d=libfuzzer'

fuzz:
	@for dir in $$(grep -rlE '^func Fuzz' --include='*_test.go' . | xargs -n 1 dirname | sort -u); do \
		$(GO) test -c -vet=off -ldflags='-s -w' $(FUZZ_FLAGS) -o $(FUZZ_BIN) "$$dir" || exit 1; \
		for target in $$(sed -nE 's/^func (Fuzz[A-Za-z0-9_]+).*/\1/p' "$$dir"/*_test.go); do \
			echo "$$target in $$dir"; \
			out=$$(cd "$$dir" && $(FUZZ_BIN) -test.run '^$$' -test.fuzz "^$$target\$$" -test.fuzztime $(FUZZTIME) -test.fuzzminimizetime 1x \
				-test.fuzzcachedir "$$($(GO) env GOCACHE)/fuzz/botd/$${dir#./}" 2>&1) && continue; \
			case "$$out" in \
			*'Failing input'*|*panic*) ;; \
			*'    context deadline exceeded'*) continue ;; \
			esac; \
			printf '%s\n' "$$out"; exit 1; \
		done; \
	done

bench:
	$(GO) test -run '^$$' -bench . -benchmem ./...

cover:
	$(GO) test -coverpkg ./... -coverprofile coverage.out ./...
	@$(GO) tool cover -func coverage.out | tail -n 1

# The daemon is killed KILLS times at random moments, and as often at single operations on
# the disk; nothing acknowledged may be lost.
KILLS ?= 1000
soak:
	BOTD_TEST_KILLS=$(KILLS) $(GO) test -run '^(TestKilled|TestPromisesOverKills)' -count 1 -timeout 0 -v ./tests

generate:
	$(GO) generate ./...
