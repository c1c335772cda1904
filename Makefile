# SPDX-License-Identifier: GPL-2.0-or-later
# GNU make. Nothing is listed: what is in cmd/, lib/ and tests/ is built.

VERSION    = 0.1.0
PREFIX    ?= /usr/local
BINDIR    ?= $(PREFIX)/bin
MANDIR    ?= $(PREFIX)/share/man
DOCDIR    ?= $(PREFIX)/share/doc/wanctl
UNITDIR   ?= $(PREFIX)/lib/systemd/system
O         ?= build
PKG_CONFIG ?= pkg-config

CFLAGS    ?= -O2 -g
HARDEN    ?= -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fPIE \
             -fstack-protector-strong -fstack-clash-protection
HARDENLD  ?= -pie -Wl,-z,relro,-z,now,-z,noexecstack
WARN       = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wformat=2 \
             -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
             -Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wvla \
             -Wimplicit-fallthrough
PKGS       = inih libmnl
PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PKGS))
PKG_LIBS   := $(shell $(PKG_CONFIG) --libs $(PKGS))
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -Ilib -MMD -MP \
             $(WARN) $(HARDEN) $(PKG_CFLAGS) $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS = $(HARDENLD) -Wl,--as-needed $(LDFLAGS)

CMDS  := $(patsubst cmd/%.c,%,$(wildcard cmd/*.c))
UNITS := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*_test.c))
FUZZ  := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*_fuzz.c))
LIBO  := $(patsubst %.c,$(O)/%.o,$(wildcard lib/*.c))
BINS  := $(CMDS:%=$(O)/bin/%)
TESTS := $(UNITS:%=$(O)/tests/unit/%)
SOURCES := $(wildcard cmd/*.c lib/*.[ch] tests/*/*.[ch])

all: $(BINS)

$(O)/bin/%: $(O)/cmd/%.o $(O)/libwanctl.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(O)/tests/unit/%: $(O)/tests/unit/%.o $(O)/libwanctl.a
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS) -lm

$(O)/libwanctl.a: $(LIBO)
	rm -f $@ && $(AR) rc $@ $^

$(O)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

# What the programs and the tests are made of; installs nothing.
tests: $(BINS) $(TESTS)

fuzz: $(FUZZ:%=$(O)/tests/fuzz/%)
$(O)/tests/fuzz/%: tests/fuzz/%.c $(wildcard lib/*.[ch])
	@mkdir -p $(@D)
	clang -std=c11 -D_GNU_SOURCE -Ilib -g -O1 $(PKG_CFLAGS) \
	    -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
	    -o $@ $(filter %.c,$^) $(PKG_LIBS)

clean:
	rm -rf $(O)

.PHONY: all tests fuzz clean
.SECONDARY:
-include $(shell find $(O) -name '*.d' 2>/dev/null)
