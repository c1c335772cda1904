# SPDX-License-Identifier: GPL-2.0-or-later
# GNU make. Nothing is listed: what is in cmd/, lib/, man/, scripts/ and tests/
# is built, installed and run.
#
#	make			the programs, in build/bin
#	make demo		see it work, on this machine alone
#	make check		all tests that need no virtual machine
#	make check-unit		those of the library alone: no root, no network,
#				nothing is installed
#	make check-slow		tests that take five minutes more, and the fuzzers
#	make check-all		check and check-slow at the same time
#	make check-asan		check with address and undefined-behaviour checks
#	make check-targets	check-unit for other machines: 32 bits, big-endian,
#				musl; or TARGETS='i686 mips musl'
#	make check-stress	all bats files three times on a machine that is busy
#	make check-lab		tests on a kernel of their own, with CAKE
#	make bench-lab		how well, on many lines of that kernel; hours
#	make bench		how fast, how small, how exact
#	make mutants		what no unit test notices; two hours, or MUTANTS='-n 20'
#	make lint		format, shell scripts, manuals
#	make fuzz		fuzzers, in build/fuzzing/tests/fuzz
#	make install uninstall	PREFIX=/usr/local DESTDIR=
#
# V=1 shows the commands, O=DIR builds elsewhere.

VERSION    = 0.2.0
PREFIX    ?= /usr/local
BINDIR    ?= $(PREFIX)/bin
MANDIR    ?= $(PREFIX)/share/man
DOCDIR    ?= $(PREFIX)/share/doc/wanctl
UNITDIR   ?= $(PREFIX)/lib/systemd/system
LIBDIR    ?= $(PREFIX)/lib/wanctl
O         ?= build
PKG_CONFIG ?= pkg-config

# Nothing is unwound in C: those tables would be a tenth of each program.
CFLAGS    ?= -O2 -g -fno-asynchronous-unwind-tables -fno-unwind-tables
HARDEN    ?= -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fPIE \
             -fstack-protector-strong -fstack-clash-protection
HARDENLD  ?= -pie -Wl,-z,relro,-z,now,-z,noexecstack
WARN       = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wformat=2 \
             -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
             -Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wvla \
             -Wimplicit-fallthrough
# The libraries, and a header of each. A target may lack some (WITHOUT): the
# modules that include them are not built then, and neither are the unit tests
# that rest on those.
LIBRARIES  = inih libmnl libnftables libseccomp yaml-0.1 libssh libcurl
HEADER_inih        = ini.h
HEADER_libmnl      = libmnl/libmnl.h
HEADER_libnftables = nftables/libnftables.h
HEADER_libseccomp  = seccomp.h
HEADER_yaml-0.1    = yaml.h
HEADER_libssh      = libssh/libssh.h
HEADER_libcurl     = curl/curl.h
UNITS_inih         = calibrate/write_config_test conf/confload_test
UNITS_libmnl       = calibrate/borrowed_shaper_test shape/qdisc_test shape/tc_audit_test shape/tc_messages_test steer/steer_test
UNITS_libnftables  = steer/steer_test
UNITS_libseccomp   = base/confine_test
# What check-unit finds missing for its compiler; nothing else does without.
ifneq ($(filter check-unit,$(MAKECMDGOALS)),)
WITHOUT   := $(foreach l,$(LIBRARIES),$(shell echo 'int main(void) { return 0; }' | \
                 $(CC) $(CFLAGS) $(LDFLAGS) -include $(HEADER_$l) -x c -o /dev/null - \
                 $$($(PKG_CONFIG) --cflags --libs $l) >/dev/null 2>&1 || echo $l))
endif
PKGS      := $(filter-out $(WITHOUT) libssh libcurl,$(LIBRARIES))
PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null)
PKG_LIBS   := $(shell $(PKG_CONFIG) --libs $(PKGS) 2>/dev/null)
# What one program alone needs.
LIBS_wanctl-router = $(shell $(PKG_CONFIG) --libs libssh libcurl)
# 32 bits of seconds end in 2038.
WIDE       = -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE $(WIDE) -DVERSION='"$(VERSION)"' -Ilib -MMD -MP \
             $(WARN) $(HARDEN) $(PKG_CFLAGS) $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS = $(HARDENLD) -Wl,--as-needed $(LDFLAGS)

CMDS  := $(patsubst cmd/%.c,%,$(wildcard cmd/wanctl-*.c))
UNITS := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*/*_test.c))
FUZZ  := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*_fuzz.c))
LEFT_OUT := $(foreach l,$(WITHOUT),$(shell grep -l '^.include <$(HEADER_$l)>' lib/*/*.c))
UNITS_LEFT_OUT := $(sort $(foreach l,$(WITHOUT),$(UNITS_$l)))
LIBO  := $(patsubst %.c,$(O)/%.o,$(filter-out $(LEFT_OUT),$(wildcard lib/*/*.c)))
PROGO := $(patsubst %.c,$(O)/%.o,$(filter-out cmd/wanctl-%,$(wildcard cmd/*.c)))
SCRIPTS := wanctl wanctl-plot wanctl-setup
BINS  := $(CMDS:%=$(O)/bin/%) $(SCRIPTS:%=$(O)/bin/%)
TESTS := $(patsubst %,$(O)/tests/unit/%,$(filter-out $(UNITS_LEFT_OUT),$(UNITS)))
MANS  := $(wildcard man/*.[1-8])
SCRIPT_UNITS := $(wildcard scripts/systemd/*)
EXAMPLES := $(wildcard scripts/examples/*) $(wildcard scripts/prometheus/* scripts/grafana/*)
HOOKS := scripts/alert-webhook scripts/homeassistant-discovery
SOURCES := $(wildcard cmd/*.[ch] lib/*/*.[ch] tests/*/*.[ch] tests/unit/*/*.[ch])

Q = $(if $(V),,@)
SAY = @$(if $(V),:,printf '  %-4s %s\n')
PROCESSORS := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
# For what runs make again, once what it needs is there.
AGAIN = $(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(PROCESSORS))

all: $(BINS)

# --- build ------------------------------------------------------------------

$(SCRIPTS:%=$(O)/bin/%): $(O)/bin/%: scripts/% Makefile
	@mkdir -p $(@D)
	$(Q)sed 's/@VERSION@/$(VERSION)/' $< >$@.new && chmod +x $@.new && mv $@.new $@

$(O)/bin/%: $(O)/cmd/%.o $(O)/libprogram.a $(O)/libwanctl.a
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS) $(LIBS_$*)

$(O)/tests/unit/%: $(O)/tests/unit/%.o $(O)/libwanctl.a
	$(SAY) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS) -lm

# What programs share or are too long for, and the library.
$(O)/libprogram.a: $(PROGO)
$(O)/libwanctl.a: $(LIBO)
$(O)/lib%.a:
	$(SAY) AR $@
	$(Q)rm -f $@ && $(AR) rc $@ $^

$(O)/%.o: %.c Makefile | libraries
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

libraries:
	@[ -z '$(PKGS)' ] || $(PKG_CONFIG) --exists $(PKGS) || { \
	    echo 'a library is missing ($(PKGS)): scripts/deps build installs it' >&2; \
	    exit 1; }

# What the programs and the tests are made of; installs nothing.
tests: $(BINS) $(TESTS)

# All but the linking: a target may lack libraries, or programs for it.
objects: $(LIBO) $(PROGO) $(CMDS:%=$(O)/cmd/%.o) $(TESTS:%=%.o)

# The library once more, instrumented.
FUZZFLAGS = -O1 -g -fsanitize=fuzzer-no-link,address,undefined \
            -fno-sanitize-recover=undefined
fuzz:
	@+$(AGAIN) $(FUZZ:%=$(O)/fuzzing/tests/fuzz/%) O=$(O)/fuzzing CC=clang \
	    HARDEN= CFLAGS='$(FUZZFLAGS)'
$(O)/tests/fuzz/%: $(O)/tests/fuzz/%.o $(O)/libwanctl.a
	$(SAY) FUZZ $@
	$(Q)$(CC) -fsanitize=fuzzer $(CFLAGS) -o $@ $^ $(PKG_LIBS) $(LIBS_wanctl-router)

clean:
	rm -rf $(O)

# --- run --------------------------------------------------------------------

demo:
	@scripts/deps build demo
	@$(AGAIN) all
	@BIN=$(abspath $(O)/bin) scripts/demo

check:
	@scripts/deps build check
	@$(AGAIN) tests
	@O=$(abspath $(O)) CC='$(CC)' SKIP="$${SKIP-} $(SLOW_TESTS)" tests/run

check-unit:
	@$(AGAIN) $(TESTS) WITHOUT='$(WITHOUT)'
	@$(if $(UNITS_LEFT_OUT),echo '$(CC) has no $(WITHOUT): without $(UNITS_LEFT_OUT)')
	@O=$(abspath $(O)) tests/run $(TESTS)

# What takes minutes: a line is calibrated, and given up a hundred times; every
# fuzzer for some seconds; Prometheus scrapes for a minute.
SLOW_TESTS = calibrate calibrate_ends calibrate_htb calibrate_line \
    calibrate_router fuzzers prometheus router_cuts
check-slow:
	@scripts/deps build check fuzz
	@$(AGAIN) tests fuzz
	@O=$(abspath $(O)) CC='$(CC)' tests/run $(SLOW_TESTS:%=tests/%.bats)

check-all:
	@scripts/deps build check fuzz
	@$(AGAIN) tests fuzz
	@O=$(abspath $(O)) CC='$(CC)' tests/run

check-stress:
	@scripts/deps build check fuzz
	@$(AGAIN) tests fuzz
	@O=$(abspath $(O)) CC='$(CC)' tests/stress

# For what sanitizers find: slower, in a directory of its own, and without what
# is not about our programs.
ASAN = -fsanitize=address,undefined -fno-sanitize-recover=undefined
check-asan:
	@+SANITIZED=1 SLOW=4 SKIP='coverage mutants layers valgrind requirements deps systemd demo targets' \
	    $(MAKE) --no-print-directory check O=$(O)/asan HARDEN= HARDENLD= \
	    CFLAGS='-O1 -g -fno-omit-frame-pointer $(ASAN)' LDFLAGS='$(ASAN)'

# MUTANTS chooses: modules, and every which mutant (-n).
mutants:
	@$(AGAIN) tests
	@O=$(abspath $(O)) CC='$(CC)' FLAGS='-std=c11 -D_GNU_SOURCE $(PKG_CFLAGS)' \
	    LIBS='$(LDFLAGS) $(PKG_LIBS) -lm' tests/mutate $(MUTANTS)

# Machines of 32 bits, big-endian ones, musl: compiled, and unit tests.
check-targets:
	@scripts/deps build targets
	@O=$(O) tests/targets $(TARGETS)

check-lab:
	@scripts/deps build lab
	@$(AGAIN) tests
	@BIN=$(abspath $(O)/bin) tests/lab/check

bench:
	@scripts/deps build check
	@$(AGAIN) tests
	@for b in tests/bench/*; do \
	    [ -f "$$b" ] && [ -x "$$b" ] || continue; \
	    echo "== $$b"; BIN=$(abspath $(O)/bin) $$b || exit 1; done

# RUNS, SEED, JOBS, METHODS and SCENARIOS choose.
bench-lab:
	@scripts/deps build lab
	@$(AGAIN) tests
	@BIN=$(abspath $(O)/bin) tests/lab/bench

SHELLS = $(shell grep -rl '^\#!/bin/sh' scripts tests .ci --exclude='*.bats')
BATS = $(shell find tests -name '*.bats')
lint:
	@scripts/deps build lint
	@failed=; \
	check() { echo "  $$1"; "$$@" || failed="$$failed $$1"; }; \
	check clang-format --dry-run -Werror $(SOURCES); \
	check shellcheck $(SHELLS); \
	check shellcheck --severity=error $(BATS); \
	check mandoc -Tlint -Wwarning $(MANS); \
	check cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr \
	    --enable=warning,performance,portability \
	    --suppress=missingIncludeSystem -D_GNU_SOURCE -DVERSION='""' \
	    -Ilib cmd lib; \
	[ -z "$$failed" ] || { echo "failed:$$failed"; exit 1; }

# --- install ----------------------------------------------------------------

# The name under which a file is installed.
man_path = $(DESTDIR)$(MANDIR)/man$(patsubst .%,%,$(suffix $(1)))/$(notdir $(1))
INSTALLED = $(addprefix $(DESTDIR)$(BINDIR)/,$(notdir $(BINS))) \
    $(addprefix $(DESTDIR)$(UNITDIR)/,$(notdir $(SCRIPT_UNITS))) \
    $(addprefix $(DESTDIR)$(LIBDIR)/,$(notdir $(HOOKS))) \
    $(foreach m,$(MANS),$(call man_path,$(m))) \
    $(addprefix $(DESTDIR)$(DOCDIR)/,README COPYING) \
    $(addprefix $(DESTDIR)$(DOCDIR)/examples/,$(notdir $(EXAMPLES)))

install: all
	install -d $(sort $(dir $(INSTALLED)))
	install -m 755 $(BINS) $(DESTDIR)$(BINDIR)
	install -m 755 $(HOOKS) $(DESTDIR)$(LIBDIR)
	$(Q)for u in $(SCRIPT_UNITS); do \
	    sed 's|@BINDIR@|$(BINDIR)|g' $$u >$(DESTDIR)$(UNITDIR)/$${u##*/} && \
	    chmod 644 $(DESTDIR)$(UNITDIR)/$${u##*/} || exit 1; done
	$(Q)for m in $(MANS); do \
	    install -m 644 $$m $(DESTDIR)$(MANDIR)/man$${m##*.} || exit 1; done
	install -m 644 README COPYING $(DESTDIR)$(DOCDIR)
	install -m 644 $(EXAMPLES) $(DESTDIR)$(DOCDIR)/examples

# Configuration and state are the user's and stay.
uninstall:
	rm -f $(INSTALLED)
	-$(Q)rmdir $(DESTDIR)$(DOCDIR)/examples $(DESTDIR)$(DOCDIR) 2>/dev/null

.PHONY: all libraries tests fuzz clean demo check check-unit check-slow check-all \
    check-asan check-stress check-targets check-lab objects bench bench-lab mutants lint install uninstall
.SECONDARY:
.DELETE_ON_ERROR:
-include $(shell find $(O) -path $(O)/asan -prune -o -name '*.d' -print 2>/dev/null)
