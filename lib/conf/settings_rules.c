/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A configuration as a whole: defaults for the keys that it lacks, and rules
 * across keys. */
#include <string.h>

#include "base/number.h"
#include "base/text.h"
#include "conf/settings.h"
#include "record/event.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const char *const direction_sections[DIRECTIONS] = { "download",
	"upload" };

/* --- defaults ------------------------------------------------------------- */

struct faults {
	const struct settings *s;
	struct settings_fault *list;
	size_t max, count;
};

static void
fault(struct faults *f, size_t row, size_t other, const char *why)
{
	if (f->count < f->max)
		f->list[f->count] = (struct settings_fault){ row, other, why,
			false };
	f->count++;
}

/* `row` must be given; `other` is who asks for it, or setting_count. */
static void
missing(struct faults *f, size_t row, size_t other)
{
	fault(f, row, other,
	    other == setting_count ? "must be given" : "must be given for @");
	if (f->count <= f->max)
		f->list[f->count - 1].missing = true;
}

/* The row that "=key" or "=30%key" speaks of. */
static size_t
derived_from(const struct setting *row, int64_t *percent)
{
	const char *from = row->fallback + 1;
	size_t digits = strspn(from, "0123456789");

	*percent = 100;
	if (digits > 0) {
		(void)number_int(from, digits, 0, 100, percent);
		from += digits + 1;
	}
	return settings_row(row->section, from);
}

static bool
is_floor(const struct setting *row)
{
	return strncmp(row->key, "floor_", 6) == 0;
}

/* Rows are in an order in which the other is known. */
static void
derive(struct settings *s, size_t i)
{
	const struct setting *row = &setting_table[i];
	int64_t percent, v, least;
	size_t other = derived_from(row, &percent);

	if (s->line[other] == SETTINGS_REFUSED) {
		s->line[i] = SETTINGS_REFUSED;
		return;
	}
	v = number_muldiv(settings_number(s, other), percent, 100);
	/* A rate to run at is never below the floor; a step is not such a rate.
	 */
	least = strcmp(row->key, "step") == 0 ?
	    row->lo :
	    settings_number(s, settings_row(row->section, "floor"));
	if (v < least)
		v = least;
	/* Nor above one of the next floors, where those are written. */
	for (size_t n = i + 1;
	     n < setting_count && is_floor(row) && is_floor(&setting_table[n]);
	     n++)
		if (s->line[n] > 0 && settings_number(s, n) < v)
			v = settings_number(s, n);
	memcpy((char *)s + row->offset, &v, sizeof v);
}

/* A rate of a direction that is measured alone: it may be unknown, and then it
 * is 0. */
static bool
is_unmanaged_rate(const struct settings *s, size_t i)
{
	const struct setting *row = &setting_table[i];

	for (int dir = 0; dir < DIRECTIONS; dir++)
		if (strcmp(row->section, direction_sections[dir]) == 0)
			return row->type == SETTING_RATE &&
			    s->dir[dir].managed == 0;
	return false;
}

static void
fill_defaults(struct settings *s, struct faults *f)
{
	for (size_t i = 0; i < setting_count; i++) {
		const struct setting *row = &setting_table[i];

		if (s->line[i] != 0 || is_unmanaged_rate(s, i))
			continue;
		if (row->fallback == NULL) {
			missing(f, i, setting_count);
			s->line[i] = SETTINGS_REFUSED;
		} else if (row->fallback[0] == '=') {
			derive(s, i);
		} else if (row->fallback[0] != '\0') {
			settings_set_default(s, i);
		}
	}
}

/* --- rules across keys ---------------------------------------------------- */

/* "@" stands for the other key. */
enum relation { BELOW, ABOVE, NOT_BELOW, NOT_ABOVE };
static const char *const relation_words[] = {
	"must be below @",
	"must be above @",
	"must not be below @",
	"must not be above @",
};

enum when {
	ALWAYS,
	UNLESS_0, /* 0 means none */
	IF_GIVEN, /* its default agrees, or another rule says so */
};

/* Without a section: of each direction. */
static const struct order {
	const char *section, *key;
	enum relation relation;
	const char *other_section, *other;
	enum when when;
} orders[] = {
	{ NULL, "yellow", BELOW, NULL, "soft_red", ALWAYS },
	{ NULL, "soft_red", BELOW, NULL, "red", ALWAYS },
	{ NULL, "yellow", ABOVE, "baseline", "gate", ALWAYS },
	{ NULL, "floor", NOT_ABOVE, NULL, "floor_soft_red", ALWAYS },
	{ NULL, "floor_soft_red", NOT_ABOVE, NULL, "floor_yellow", ALWAYS },
	{ NULL, "floor_yellow", NOT_ABOVE, NULL, "floor_green", ALWAYS },
	{ NULL, "floor", NOT_ABOVE, NULL, "ceiling", ALWAYS },
	{ NULL, "floor_soft_red", NOT_ABOVE, NULL, "ceiling", IF_GIVEN },
	{ NULL, "floor_yellow", NOT_ABOVE, NULL, "ceiling", IF_GIVEN },
	{ NULL, "floor_green", NOT_ABOVE, NULL, "ceiling", IF_GIVEN },
	{ NULL, "base", NOT_BELOW, NULL, "floor", IF_GIVEN },
	{ NULL, "base", NOT_ABOVE, NULL, "ceiling", IF_GIVEN },
	{ NULL, "step", NOT_ABOVE, NULL, "ceiling", ALWAYS },
	{ "baseline", "min", BELOW, "baseline", "max", ALWAYS },
	{ "baseline", "initial", NOT_BELOW, "baseline", "min", UNLESS_0 },
	{ "baseline", "initial", NOT_ABOVE, "baseline", "max", UNLESS_0 },
	{ "baseline", "gate", BELOW, "baseline", "jump", ALWAYS },
	{ "baseline", "relearn", NOT_ABOVE, "baseline", "relearn_busy",
	    ALWAYS },
	{ "assess", "blackout_cut", NOT_BELOW, "assess", "blackout", UNLESS_0 },
	{ "assess", "idle", NOT_ABOVE, "assess", "busy", ALWAYS },
	{ "steer", "severe_delta", ABOVE, "steer", "delta", UNLESS_0 },
	{ "steer", "severe_drops", NOT_BELOW, "steer", "drops", UNLESS_0 },
	{ "steer", "queue_yellow", NOT_ABOVE, "steer", "queue", IF_GIVEN },
	{ "steer", "base_min", BELOW, "steer", "base_max", ALWAYS },
	{ "steer", "recover_at", BELOW, "steer", "steer_at", ALWAYS },
	{ "steer", "high", NOT_ABOVE, "steer", "very_high", ALWAYS },
	{ "steer", "interval", BELOW, "steer", "max_age", ALWAYS },
};

static bool
holds(int64_t a, enum relation relation, int64_t b)
{
	switch (relation) {
	case BELOW:
		return a < b;
	case ABOVE:
		return a > b;
	case NOT_BELOW:
		return a >= b;
	default:
		return a <= b;
	}
}

static void
check_order(struct faults *f, const struct order *o, const char *section)
{
	const struct settings *s = f->s;
	size_t row = settings_row(section, o->key);
	size_t other = settings_row(o->other_section != NULL ?
		o->other_section :
		section,
	    o->other);

	if (s->line[row] == SETTINGS_REFUSED ||
	    s->line[other] == SETTINGS_REFUSED || is_unmanaged_rate(s, row) ||
	    (o->when == UNLESS_0 && settings_number(s, row) == 0) ||
	    (o->when == IF_GIVEN && s->line[row] == 0))
		return;
	if (!holds(settings_number(s, row), o->relation,
		settings_number(s, other)))
		fault(f, row, other, relation_words[o->relation]);
}

/* The row of a key whose value is known, setting_count else. */
static size_t
known(const struct settings *s, const char *section, const char *key)
{
	size_t row = settings_row(section, key);

	return s->line[row] == SETTINGS_REFUSED ? setting_count : row;
}

/* RED must lower what the shaper has, and not only what is wanted of it. */
static void
check_deadband(struct faults *f, enum direction dir)
{
	const struct settings *s = f->s;
	size_t row = known(s, "shaper", "deadband");
	size_t other = known(s, direction_sections[dir], "factor");

	if (row != setting_count && other != setting_count &&
	    s->dir[dir].managed != 0 &&
	    s->shaper.deadband_ppm / 2 >= NUMBER_PPM - s->dir[dir].factor_ppm)
		fault(f, row, other,
		    "half of it must be below 1 - factor, or a cut would not "
		    "be written: "
		    "see @");
}

bool
settings_is_fed(const struct settings *s, enum direction dir)
{
	return dir == DOWN && strncmp(s->dir[DOWN].device, "ifb", 3) == 0;
}

static bool
is_made_htb(const struct settings *s)
{
	return s->shaper.make.make != 0 && s->shaper.backend == BACKEND_HTB;
}

/* A class that is made need not be named. */
static void
fill_classes(struct settings *s)
{
	static const char made[] = "7761:1";

	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		if (is_made_htb(s) && s->dir[dir].managed != 0 &&
		    s->dir[dir].class[0] == '\0' &&
		    known(s, direction_sections[dir], "class") != setting_count)
			text_copy(s->dir[dir].class, sizeof s->dir[dir].class,
			    made, strlen(made));
}

/* One that is made: what it needs, and whose it is. */
static void
check_made(struct faults *f)
{
	const struct settings *s = f->s;
	size_t make = known(s, "shaper", "make");
	size_t backend = known(s, "shaper", "backend");
	size_t feeder = known(s, "wan", "device");

	if (make == setting_count || backend == setting_count ||
	    s->shaper.make.make == 0)
		return;
	if (s->shaper.backend != BACKEND_CAKE &&
	    s->shaper.backend != BACKEND_HTB)
		fault(f, make, backend, "is for cake and htb, not for @");
	if (s->dir[DOWN].managed != 0 && settings_is_fed(s, DOWN) &&
	    feeder != setting_count && s->wan.device[0] == '\0')
		missing(f, feeder, make);
	for (enum direction dir = DOWN; dir < DIRECTIONS; dir++)
		if (is_made_htb(s) && s->dir[dir].managed != 0 &&
		    known(s, direction_sections[dir], "class") !=
			setting_count &&
		    strncmp(s->dir[dir].class, "7761:", 5) != 0)
			fault(f, settings_row(direction_sections[dir], "class"),
			    make, "must begin with 7761: for @");
}

static void
check_needed(struct faults *f, enum direction dir)
{
	const struct direction_settings *d = &f->s->dir[dir];
	const char *section = direction_sections[dir];
	size_t device = known(f->s, section, "device");
	size_t class = known(f->s, section, "class");
	size_t backend = known(f->s, "shaper", "backend");

	if (backend == setting_count || d->managed == 0 ||
	    (f->s->shaper.backend != BACKEND_CAKE &&
		f->s->shaper.backend != BACKEND_HTB))
		return;
	if (device != setting_count && d->device[0] == '\0')
		missing(f, device, backend);
	if (class != setting_count && d->class[0] == '\0' &&
	    f->s->shaper.backend == BACKEND_HTB)
		missing(f, class, backend);
}

static void
check_two_shapers(struct faults *f)
{
	const struct direction_settings *down = &f->s->dir[DOWN];
	const struct direction_settings *up = &f->s->dir[UP];
	const char *key = up->class[0] != '\0' ? "class" : "device";

	if (down->managed != 0 && up->managed != 0 && down->device[0] != '\0' &&
	    strcmp(down->device, up->device) == 0 &&
	    strcmp(down->class, up->class) == 0)
		fault(f, settings_row("upload", key),
		    settings_row("download", key),
		    "must not be the same as @: each direction needs its own "
		    "shaper");
}

static void
check_command(struct faults *f)
{
	size_t row = known(f->s, "shaper", "command");
	size_t backend = known(f->s, "shaper", "backend");

	if (row != setting_count && backend != setting_count &&
	    f->s->shaper.backend == BACKEND_COMMAND &&
	    f->s->shaper.command[0] == '\0')
		missing(f, row, backend);
}

static void
need_text(struct faults *f, const char *key, const char *text, size_t backend)
{
	size_t row = known(f->s, "diverter", key);

	if (row != setting_count && *text == '\0')
		missing(f, row, backend);
}

static void
need_number(struct faults *f, const char *key, int64_t n, size_t backend)
{
	size_t row = known(f->s, "diverter", key);

	if (row != setting_count && n == 0)
		missing(f, row, backend);
}

/* A word that names no event would silence nothing, unseen. */
static void
check_alert(struct faults *f)
{
	size_t row = known(f->s, "alert", "without");
	const char *at = f->s->alert.without;
	size_t len;

	for (; row != setting_count && *at != '\0'; at += len) {
		at += strspn(at, " \t");
		len = strcspn(at, " \t");
		if (len == 0 || event_number(at, len) < ALERT_EVENTS)
			continue;
		fault(f, row, setting_count,
		    "has a word that is not an event: see wanctl-alert(8)");
		return;
	}
}

static void
check_diverter(struct faults *f)
{
	const struct settings *s = f->s;
	size_t backend = known(s, "diverter", "backend");
	size_t mark = known(s, "diverter", "mark");

	if (backend == setting_count)
		return;
	if (s->diverter.backend == DIVERTER_COMMAND)
		need_text(f, "command", s->diverter.command, backend);
	if (s->diverter.backend == DIVERTER_NFT) {
		need_text(f, "set", s->diverter.set, backend);
		need_text(f, "element", s->diverter.element, backend);
	}
	if (s->diverter.backend != DIVERTER_RULE)
		return;
	need_number(f, "priority", s->diverter.priority, backend);
	need_number(f, "mark", s->diverter.mark, backend);
	need_number(f, "table", s->diverter.table, backend);
	if (mark != setting_count && s->diverter.mark != 0 &&
	    known(s, "diverter", "mask") != setting_count &&
	    (s->diverter.mark & ~s->diverter.mask) != 0)
		fault(f, mark, settings_row("diverter", "mask"),
		    "has bits outside @ and would match nothing");
}

static void
check_steer(struct faults *f)
{
	const struct settings *s = f->s;
	size_t to = known(s, "steer", "to"), name = known(s, "wan", "name");

	if (to != setting_count && name != setting_count &&
	    strcmp(s->steer.to, s->wan.name) == 0)
		fault(f, to, name, "must be another line than @");
}

/* Answers come further apart than the probes of one reflector only if there
 * are no others, and the last one may take its time-out. */
static void
check_patience(struct faults *f, const char *key, int64_t us)
{
	const struct settings *s = f->s;
	size_t row = known(s, "assess", key);
	size_t interval = known(s, "ping", "interval");
	size_t timeout = known(s, "ping", "timeout");
	int64_t hosts = s->ping.hosts > 0 ? (int64_t)s->ping.hosts : 1;

	if (s->ping.active > 0 && s->ping.active < hosts)
		hosts = s->ping.active;
	if (row != setting_count && interval != setting_count &&
	    timeout != setting_count &&
	    us < s->ping.interval_us / hosts + s->ping.timeout_us)
		fault(f, row, s->line[interval] > 0 ? interval : timeout,
		    "too short: between two answers may be the interval of "
		    "[ping] divided by its hosts, and its timeout");
}

static void
check_pass(struct faults *f)
{
	const struct settings *s = f->s;
	size_t pass = known(s, "pass", "interval");
	size_t timeout = known(s, "ping", "timeout");

	if (pass == setting_count || timeout == setting_count ||
	    known(s, "pass", "probes") == setting_count ||
	    known(s, "ping", "interval") == setting_count ||
	    known(s, "shaper", "timeout") == setting_count)
		return;
	if (s->ping.interval_us * (s->pass.probes - 1) + s->ping.timeout_us +
		s->shaper.timeout_us >
	    s->pass.interval_us)
		fault(f, pass, timeout,
		    "too short: probes at the interval of [ping], its timeout "
		    "and the timeout of [shaper] must fit in");
}

/* A key that one transport cannot do without; `asks` is the row behind it. */
static void
need(struct faults *f, const char *key, const char *value, size_t asks)
{
	size_t row = known(f->s, "router", key);

	if (row != setting_count && value[0] == '\0')
		missing(f, row, asks);
}

static void
check_transport(struct faults *f, int64_t transport, size_t asks)
{
	const struct settings *s = f->s;

	if (transport == TRANSPORT_REST) {
		need(f, "password_file", s->router.password_file, asks);
		if (s->router.ca_file[0] == '\0' && s->router.insecure == 0)
			need(f, "pin", s->router.pin, asks);
	}
	if (transport == TRANSPORT_SSH || transport == TRANSPORT_SSH_TC) {
		need(f, "key_file", s->router.key_file, asks);
		need(f, "known_hosts", s->router.known_hosts, asks);
	}
}

/* "eth1" or "eth1 1:10" */
static void
check_place(struct faults *f, const char *key, const char *queue)
{
	size_t row = known(f->s, "router", key), len = strcspn(queue, " ");
	const char *rest = queue + len + strspn(queue + len, " ");

	if (row != setting_count && queue[0] != '\0' &&
	    (!settings_is_device(queue, len) ||
		strchr("-.", queue[0]) != NULL || strcspn(queue, ":%") < len ||
		(*rest != '\0' && !settings_is_class(rest, strlen(rest)))))
		fault(f, row, known(f->s, "router", "transport"),
		    "must be a device, or a device and a class of HTB as in "
		    "\"eth1 1:10\", for @");
}

/* The longest that a rate which may rise waits for a write, on average: on its
 * way back from the floor it waits several times. */
#define WRITE_WAIT_US (60 * (int64_t)1000000)

static void
check_writes(struct faults *f)
{
	const struct settings *s = f->s;
	size_t limit = known(s, "router", "write_limit");
	size_t window = known(s, "router", "write_window");

	if (limit != setting_count && window != setting_count &&
	    s->router.write_window_us > s->router.write_limit * WRITE_WAIT_US)
		fault(f, window, limit,
		    "lets a higher rate wait for more than 1min a write, with "
		    "@");
}

/* It has both directions, and is RouterOS's. */
static void
check_simple(struct faults *f, size_t transport)
{
	const struct settings *s = f->s;
	size_t simple = known(s, "router", "simple_queue");

	if (simple == setting_count || s->router.simple[0] == '\0')
		return;
	for (int dir = 0; dir < DIRECTIONS; dir++)
		if (s->router.queue[dir][0] != '\0')
			fault(f, simple,
			    settings_row("router",
				dir == DOWN ? "download_queue" :
					      "upload_queue"),
			    "has both directions, and goes without @");
	if (transport != setting_count &&
	    s->router.transport == TRANSPORT_SSH_TC)
		fault(f, simple, transport, "is not for @");
}

static void
check_router(struct faults *f)
{
	const struct settings *s = f->s;
	size_t backend = known(s, "shaper", "backend");
	size_t transport = known(s, "router", "transport");
	size_t fallback = known(s, "router", "fallback");
	size_t pin = known(s, "router", "pin");

	if (backend != setting_count && s->shaper.backend == BACKEND_ROUTER) {
		need(f, "address", s->router.address, backend);
		if (s->dir[DOWN].managed != 0 && s->router.simple[0] == '\0')
			need(f, "download_queue", s->router.queue[DOWN],
			    backend);
		if (s->dir[UP].managed != 0 && s->router.simple[0] == '\0')
			need(f, "upload_queue", s->router.queue[UP], backend);
	}
	if (s->router.queue[UP][0] != '\0' &&
	    strcmp(s->router.queue[UP], s->router.queue[DOWN]) == 0)
		fault(f, settings_row("router", "upload_queue"),
		    settings_row("router", "download_queue"),
		    "must not be the same as @");
	check_simple(f, transport);
	if (s->router.address[0] != '\0' && transport != setting_count)
		check_transport(f, s->router.transport, transport);
	if (s->router.address[0] != '\0' && fallback != setting_count &&
	    s->router.fallback != s->router.transport)
		check_transport(f, s->router.fallback, fallback);
	if (transport != setting_count &&
	    s->router.transport == TRANSPORT_SSH_TC) {
		check_place(f, "download_queue", s->router.queue[DOWN]);
		check_place(f, "upload_queue", s->router.queue[UP]);
	}
	if (fallback != setting_count && transport != setting_count &&
	    s->router.fallback != TRANSPORT_NONE &&
	    (s->router.fallback == TRANSPORT_SSH_TC) !=
		(s->router.transport == TRANSPORT_SSH_TC))
		fault(f, fallback, transport,
		    "speaks to another kind of router than @");
	if (pin != setting_count && s->router.pin[0] != '\0' &&
	    s->router.pin[0] != '/' &&
	    strncmp(s->router.pin, "sha256//", 8) != 0)
		fault(f, pin, setting_count,
		    "begins neither with sha256// nor, as a file's name, with "
		    "/");
}

static void
check_rules(struct faults *f)
{
	for (size_t i = 0; i < COUNT(orders); i++) {
		if (orders[i].section != NULL) {
			check_order(f, &orders[i], orders[i].section);
			continue;
		}
		check_order(f, &orders[i], direction_sections[DOWN]);
		check_order(f, &orders[i], direction_sections[UP]);
	}
	for (enum direction dir = DOWN; dir <= UP; dir++) {
		check_deadband(f, dir);
		check_needed(f, dir);
	}
	check_two_shapers(f);
	check_made(f);
	check_command(f);
	check_alert(f);
	check_router(f);
	check_writes(f);
	check_steer(f);
	check_diverter(f);
	check_patience(f, "blackout", f->s->assess.blackout_us);
	check_patience(f, "max_age", f->s->assess.max_age_us);
	check_pass(f);
	if (known(f->s, "assess", "median") != setting_count &&
	    f->s->assess.median % 2 == 0)
		fault(f, settings_row("assess", "median"), setting_count,
		    "must be odd");
}

size_t
settings_finish(struct settings *s, struct settings_fault list[], size_t max)
{
	struct faults f = { .s = s, .list = list, .max = max };

	fill_defaults(s, &f);
	fill_classes(s);
	check_rules(&f);
	return f.count;
}

int
settings_fault_line(const struct settings *s, const struct settings_fault *f)
{
	if (s->line[f->row] > 0)
		return s->line[f->row];
	return f->other < setting_count && s->line[f->other] > 0 ?
	    s->line[f->other] :
	    0;
}

void
settings_fault_text(const struct settings *s, const struct settings_fault *f,
    char out[static SETTINGS_FAULT_MAX])
{
	const char *at = strchr(f->why, '@');
	const struct setting *other = &setting_table[f->other];
	char value[SETTINGS_VALUE_MAX];
	struct text t;

	text_init(&t, out, SETTINGS_FAULT_MAX);
	if (at == NULL) {
		text_add(&t, f->why);
		return;
	}
	text_bytes(&t, f->why, (size_t)(at - f->why));
	if (strcmp(other->section, setting_table[f->row].section) != 0) {
		text_add(&t, "[");
		text_add(&t, other->section);
		text_add(&t, "] ");
	}
	settings_value(s, f->other, value);
	text_add(&t, other->key);
	text_add(&t, " (");
	text_add(&t, value);
	text_add(&t, ")");
	text_add(&t, at + 1);
}
