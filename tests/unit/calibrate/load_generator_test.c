/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/run: first */
/* A load beside probes, both programs of this test's own: what it took in time
 * and data, whatever became of it. Takes 25 seconds. */
#include "calibrate/load_generator.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../tap.h"
#include "base/clock.h"

#define SEC 1000000

static struct settings settings;
static struct load_generator l;
static volatile sig_atomic_t stopping;
static sigset_t open_mask;
static int ticks;

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) == EOF || fclose(f) == EOF ||
	    chmod(path, 0755) == -1)
		abort();
}

static void
on_tick(void *user)
{
	(void)user;
	ticks++;
}

static void
begin(const char *device, const char *load)
{
	memset(&l, 0, sizeof l);
	settings_init(&settings);
	(void)settings_set(&settings, "ping", "hosts", "192.0.2.1", 1);
	if (device != NULL)
		(void)settings_set(&settings, "wan", "device", device, 1);
	l.settings = &settings;
	l.open_mask = &open_mask;
	l.stopping = &stopping;
	l.tick = on_tick;
	l.ramp_us = LOAD_GENERATOR_RAMP_US;
	l.command[DOWN] = load;
	l.ping = l.load = CHILD_NONE;
	is_int(load_generator_start(&l), STATUS_OK, "probes begin");
	is_int(load_generator_idle(&l, SEC), STATUS_OK, "an idle line");
	ok(samples_idle_end(&l.samples) != NULL, "... answers");
}

/* The first time it fails at once: three seconds and the data of another load
 * count too. */
static void
test_again(void)
{
	struct search_probe p = { 0 };
	int64_t begun_us = clock_monotonic(), took_us;

	put("load",
	    "#!/bin/sh\n"
	    "[ -e busy ] || {\n"
	    "	touch busy\n"
	    "	sleep 1\n"
	    "	echo the server is busy, after 4000000\n"
	    "	exit 1\n"
	    "}\n"
	    "touch ramp\n"
	    "sleep 0.5\n"
	    "rm ramp\n"
	    "sleep 9.7\n"
	    "echo 8000000.75\n"
	    "echo after a warning: 12 >&2\n");
	begin(NULL, "./load");
	/* On a busy machine the half second of its ramp takes longer. */
	l.ramp_us = 6 * SEC;
	begun_us = clock_monotonic();
	is_int(load_generator_measure(&l, DOWN, &p), STATUS_OK,
	    "R70: a server that is busy at first: %s", l.detail);
	took_us = clock_monotonic() - begun_us;
	is_int(p.throughput_bps, 8000000, "R71: what the load says it had");
	ok(p.took_us <= took_us && p.took_us > took_us - 3 * SEC,
	    "R70: the time of both counts: %lld of %lld us",
	    (long long)p.took_us, (long long)took_us);
	ok(p.took_us > 9 * SEC, "... which is that of more than one");
	ok(p.bytes >= 7200000 && p.bytes < 30000000,
	    "R70: a million bytes a second, and half of that: %lld",
	    (long long)p.bytes);
	is_int(p.bloat_us, 20000, "R70: the added delay of the load");
	is_int(p.mean_us, 20000, "R70: ... without that of its ramp");
	ok(ticks > 20, "R71: who watches is told several times a second: %d",
	    ticks);
	load_generator_end(&l, SEC);
	ok(l.load.pid == 0 && l.ping.pid == 0, "all is ended");
}

static void
test_rate(void)
{
	is_int(load_generator_rate(1000, 501000, 4 * SEC), 1000000, "a rate");
	is_int(load_generator_rate(5, 5, SEC), 0, "of nothing");
	is_int(load_generator_rate(0, 1, 8 * SEC), 1, "the least");
	is_int(load_generator_rate(501000, 1000, SEC), -1,
	    "R105: counters that began anew give none");
	is_int(load_generator_rate(-1, 1000, SEC), -1,
	    "nor does one that was not read");
	is_int(load_generator_rate(1000, -1, SEC), -1, "... at either time");
	is_int(load_generator_rate(0, INT64_MAX, 1), INT64_MAX,
	    "more than any");
}

static bool
has_loopback(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(9),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool can = connect(fd, (struct sockaddr *)&sin, sizeof sin) == 0;

	close(fd);
	return can;
}

/* A port that takes what comes. */
static int
open_port(int *fd)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof sin;

	*fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (*fd == -1 || bind(*fd, (struct sockaddr *)&sin, len) == -1 ||
	    getsockname(*fd, (struct sockaddr *)&sin, &len) == -1)
		abort();
	return ntohs(sin.sin_port);
}

/* By this machine's own device, where what goes one way comes back. */
static void
test_device(void)
{
	struct search_probe p = { 0 };
	int64_t held;
	char script[512];
	int fd, port = open_port(&fd);

	snprintf(script, sizeof script,
	    "#!/bin/bash\n"
	    "for i in 1 2 3 4 5 6 7 8; do\n"
	    "	head -c 160000 /dev/zero >/dev/udp/127.0.0.1/%d\n"
	    "	sleep 0.9\n"
	    "done\n"
	    "sleep 5\n",
	    port);
	put("load", script);
	begin("lo", "./load");
	is_int(load_generator_measure(&l, DOWN, &p), STATUS_OK,
	    "a load that is counted: %s", l.detail);
	ok(p.throughput_bps > 0,
	    "R71: counted by the device, after the ramp: %lld",
	    (long long)p.throughput_bps);
	held = p.throughput_bps / 8 * LOAD_GENERATOR_HOLD_US / SEC;
	ok(p.bytes > 2 * held,
	    "R70: what goes either way is data, the ramp's too: %lld, %lld",
	    (long long)p.bytes, (long long)held);
	load_generator_end(&l, SEC);
	close(fd);
}

int
main(void)
{
	char dir[] = "/tmp/loader_test.XXXXXX", path[512];
	static const char *const files[] = { "wanctl-ping", "load", "busy",
		"ramp" };
	const char *was = getenv("PATH");

	if (mkdtemp(dir) == NULL || chdir(dir) == -1)
		return 1;
	snprintf(path, sizeof path, "%s:%s", dir, was != NULL ? was : "");
	(void)setenv("PATH", path, 1);
	sigemptyset(&open_mask);
	/* 10 ms, after the first load 30, and much more in a ramp. */
	put("wanctl-ping",
	    "#!/bin/sh\n"
	    "n=0\n"
	    "while n=$((n + 1)); do\n"
	    "	us=10000\n"
	    "	[ ! -e busy ] || us=30000\n"
	    "	[ ! -e ramp ] || us=900000\n"
	    "	echo \"rtt t=$n wan=x host=192.0.2.1 seq=$n us=$us\"\n"
	    "	sleep 0.2\n"
	    "done\n");
	test_rate();
	test_again();
	if (has_loopback())
		test_device();
	else
		ok(true, "# skip the loopback device is down");
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		unlink(files[i]);
	if (chdir("/") == -1 || rmdir(dir) == -1)
		printf("# %s: something is left\n", dir);
	return tap_done();
}
