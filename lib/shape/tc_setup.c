/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shape/tc_setup.h"

#include <errno.h>
#include <linux/pkt_sched.h>
#include <string.h>

#include "record/messages.h"
#include "shape/tc_kernel_parts.h"

#define ETHERNET_HEADER 14 /* HTB counts it by itself */
#define HTB_QUANTUM 1514   /* bytes; there is one class */
/* HTB's bucket is what passes in a millisecond at the ceiling: with less, late
 * timers would cost rate, and more would wait at the provider. 64 ns a tick. */
#define HTB_BUCKET_TICKS (1000000 / 64)

/* What a call has made, to be undone. */
struct work {
	struct tc_kernel *t;
	const struct settings *s;
	enum direction dir;
	struct tc_look look;
	bool made_link, made_root, made_ingress;
	bool changed;
};

static const char *
device_of(const struct work *w)
{
	return w->s->dir[w->dir].device;
}

/* --- looking -------------------------------------------------------------- */

/* Sends a request that is acknowledged. */
static enum failure
tell(struct work *w, const char *device, const unsigned char *request,
    size_t len)
{
	w->changed = true;
	return netlink_ask(&w->t->netlink, request, len,
		   w->s->shaper.timeout_us) == -1 ?
	    tc_refuse_errno(w->t, device) :
	    WORKED;
}

static enum failure
look_for_link(struct work *w, const char *name, bool *there,
    struct tc_link *link)
{
	struct netlink *n = &w->t->netlink;
	_Alignas(8) unsigned char request[QDISC_REQUEST];
	size_t len = tc_ask_link(request, n->seq, name);
	long got = netlink_ask(n, request, len, w->s->shaper.timeout_us);
	const char *wrong;

	*there = false;
	if (got == -1)
		return errno == ENODEV ? WORKED : tc_refuse_errno(w->t, name);
	wrong = tc_read_link(link, n->answer, (size_t)got);
	if (wrong != NULL)
		return tc_refuse(w->t, FAILURE_FAILED, "%s: %s", name, wrong);
	*there = true;
	return WORKED;
}

/* A qdisc or class; kind "" if there is none. The answer is left to be read
 * again. */
static enum failure
look_for_qdisc(struct work *w, const char *device, size_t len,
    const unsigned char *request, struct qdisc *q, long *got)
{
	struct netlink *n = &w->t->netlink;
	const char *wrong;

	*q = (struct qdisc){ .bps = NONE };
	*got = netlink_ask(n, request, len, w->s->shaper.timeout_us);
	if (*got == 0)
		return WORKED;
	if (*got == -1)
		return errno == ENOENT ? WORKED : tc_refuse_errno(w->t, device);
	wrong = qdisc_read(q, n->answer, (size_t)*got);
	return wrong == NULL ?
	    WORKED :
	    tc_refuse(w->t, FAILURE_FAILED, "%s: %s", device, wrong);
}

static enum failure
look_at_root(struct work *w)
{
	struct tc_look *l = &w->look;
	struct netlink *n = &w->t->netlink;
	_Alignas(8) unsigned char request[QDISC_REQUEST];
	const char *device = device_of(w), *class = w->s->dir[w->dir].class;
	size_t len = qdisc_ask_root(request, n->seq, l->device.ifindex);
	struct qdisc leaf;
	long got;
	enum failure why = look_for_qdisc(w, device, len, request, &l->root,
	    &got);

	if (why != WORKED || l->root.kind[0] == '\0')
		return why;
	if (strncmp(l->root.kind, "cake", 4) == 0)
		(void)tc_read_cake(&l->cake, n->answer, (size_t)got);
	if (strcmp(l->root.kind, "htb") != 0 || class[0] == '\0')
		return WORKED;
	len = qdisc_ask_class(request, n->seq, l->device.ifindex,
	    tc_class_id(class));
	why = look_for_qdisc(w, device, len, request, &l->class, &got);
	if (why != WORKED || l->class.kind[0] == '\0')
		return why;
	len = tc_ask_leaf(request, n->seq, l->device.ifindex,
	    tc_class_id(class));
	why = look_for_qdisc(w, device, len, request, &leaf, &got);
	memcpy(l->leaf, leaf.kind, sizeof l->leaf);
	return why;
}

static void
take_filter(void *user, const unsigned char *message, size_t len)
{
	(void)tc_read_filter(user, message, len);
}

static enum failure
look_at_feeder(struct work *w)
{
	struct tc_look *l = &w->look;
	struct netlink *n = &w->t->netlink;
	_Alignas(8) unsigned char request[QDISC_REQUEST];
	const char *feeder = w->s->wan.device;
	enum failure why = look_for_link(w, feeder, &l->has_feeder, &l->feeder);
	struct qdisc q;
	size_t len;
	long got;

	if (why != WORKED || !l->has_feeder)
		return why;
	len = tc_ask_ingress(request, n->seq, l->feeder.ifindex);
	why = look_for_qdisc(w, feeder, len, request, &q, &got);
	memcpy(l->ingress, q.kind, sizeof l->ingress);
	if (why != WORKED || q.kind[0] == '\0')
		return why;
	len = tc_dump_filters(request, n->seq, l->feeder.ifindex);
	return netlink_dump(n, request, len, w->s->shaper.timeout_us,
		   take_filter, &l->filters) == 0 ?
	    WORKED :
	    tc_refuse_errno(w->t, feeder);
}

static enum failure
look(struct work *w)
{
	struct tc_look *l = &w->look;
	enum failure why;

	*l = (struct tc_look){ 0 };
	why = look_for_link(w, device_of(w), &l->has_device, &l->device);
	if (why == WORKED && l->has_device)
		why = look_at_root(w);
	if (why == WORKED && settings_is_fed(w->s, w->dir) &&
	    w->s->wan.device[0] != '\0')
		why = look_at_feeder(w);
	return why;
}

enum failure
tc_setup_look(struct tc_kernel *t, const struct settings *s, enum direction dir,
    struct tc_look *l)
{
	struct work w = { .t = t, .s = s, .dir = dir };
	enum failure why = look(&w);

	*l = w.look;
	return why;
}

/* --- what stands in the way ----------------------------------------------- */

static bool
is_made_ifb(const struct tc_link *link)
{
	return strcmp(link->kind, "ifb") == 0 && link->group == SETTINGS_MADE;
}

static enum failure
check_devices(struct work *w)
{
	const struct tc_look *l = &w->look;
	const char *device = device_of(w);

	if (!settings_is_fed(w->s, w->dir))
		return l->has_device ?
		    WORKED :
		    tc_refuse(w->t, FAILURE_NO_DEVICE,
			"%s: no such network device", device);
	if (!l->has_feeder)
		return tc_refuse(w->t, FAILURE_NO_DEVICE,
		    "%s: no such network device", w->s->wan.device);
	return !l->has_device || is_made_ifb(&l->device) ?
	    WORKED :
	    tc_refuse(w->t, FAILURE_FOREIGN,
		"%s is there, and was not made by wanctl: choose another name "
		"for [download] device, or ip link del %s",
		device, device);
}

static enum failure
check_root(struct work *w)
{
	const struct qdisc *root = &w->look.root;
	const char *device = device_of(w);

	return tc_is_free(root) || tc_is_made(root) ?
	    WORKED :
	    tc_refuse(w->t, FAILURE_FOREIGN,
		"%s has a qdisc that was not made by wanctl: %s %x:; make = no "
		"sets its rate, tc qdisc del dev %s root removes it",
		device, root->kind, root->handle >> 16, device);
}

static enum failure
check_feed(struct work *w)
{
	const struct tc_look *l = &w->look;
	const char *feeder = w->s->wan.device;

	return !settings_is_fed(w->s, w->dir) || l->ingress[0] == '\0' ||
		(strcmp(l->ingress, "ingress") == 0 && l->filters.others == 0) ?
	    WORKED :
	    tc_refuse(w->t, FAILURE_FOREIGN,
		"%s has a qdisc for what arrives, %s, that was not made by "
		"wanctl: tc qdisc del dev %s %s removes it",
		feeder, l->ingress, feeder, l->ingress);
}

/* --- making --------------------------------------------------------------- */

static enum failure
up_device(struct work *w)
{
	struct tc_look *l = &w->look;
	struct netlink *n = &w->t->netlink;
	_Alignas(8) unsigned char request[QDISC_REQUEST];
	const char *device = device_of(w);
	enum failure why;

	if (!settings_is_fed(w->s, w->dir))
		return WORKED;
	if (l->has_device)
		return l->device.up ?
		    WORKED :
		    tell(w, device, request,
			tc_raise_link(request, n->seq, l->device.ifindex));
	why = tell(w, device, request, tc_add_ifb(request, n->seq, device));
	w->made_link = why == WORKED;
	return why != WORKED ?
	    why :
	    look_for_link(w, device, &l->has_device, &l->device);
}

/* The class that shapes, at its base. */
static struct qdisc
class_of(const struct work *w)
{
	const struct direction_settings *d = &w->s->dir[w->dir];
	const struct tc_link *link = settings_is_fed(w->s, w->dir) ?
	    &w->look.feeder :
	    &w->look.device;
	struct cake_options o = cake_options_of(w->s, w->dir);
	int64_t overhead = o.overhead - (link->ethernet ? ETHERNET_HEADER : 0);
	struct qdisc_bucket bucket = { .bytes_ps = d->ceiling_bps / 8,
		.overhead = (uint16_t)(overhead > 0 ? overhead : 0),
		.mpu = (uint16_t)o.mpu,
		.linklayer = o.atm == CAKE_ATM_ATM ? TC_LINKLAYER_ATM :
						     TC_LINKLAYER_ETHERNET,
		.ticks = HTB_BUCKET_TICKS };

	return (struct qdisc){ .handle = tc_class_id(d->class),
		.parent = TC_H_ROOT,
		.rate = bucket,
		.ceil = bucket,
		.quantum = HTB_QUANTUM };
}

/* The kernel's answer to a kind that it does not know is said better. */
static enum failure
need_kind(struct work *w, enum failure why, const char *what)
{
	return why == FAILURE_NO_QDISC ?
	    tc_refuse(w->t, FAILURE_UNSUPPORTED, "%s: this kernel has no %s",
		device_of(w), what) :
	    why;
}

static enum failure
add_htb(struct work *w)
{
	struct netlink *n = &w->t->netlink;
	_Alignas(8) unsigned char request[QDISC_REQUEST];
	int ifindex = w->look.device.ifindex;
	const char *device = device_of(w);
	struct qdisc class = class_of(w);
	enum failure why = tell(w, device, request,
	    tc_add_htb(request, n->seq, ifindex, class.handle));

	w->made_root = why == WORKED;
	if (why == WORKED)
		why = tell(w, device, request,
		    tc_add_htb_class(request, n->seq, ifindex, &class,
			w->s->dir[w->dir].base_bps));
	if (why == WORKED)
		why = need_kind(w,
		    tell(w, device, request,
			tc_add_fq_codel(request, n->seq, ifindex,
			    class.handle)),
		    "fq_codel, and a queue without it would be long");
	return why;
}

static enum failure
add_cake(struct work *w)
{
	struct netlink *n = &w->t->netlink;
	_Alignas(8) unsigned char request[QDISC_REQUEST];
	struct cake_options o = cake_options_of(w->s, w->dir);
	enum failure why = tell(w, device_of(w), request,
	    tc_add_cake(request, n->seq, w->look.device.ifindex, &o,
		w->s->dir[w->dir].base_bps));

	w->made_root = why == WORKED;
	return need_kind(w, why, "CAKE; backend = htb does without");
}

static enum failure
change_cake(struct work *w, const struct cake_options *o)
{
	struct netlink *n = &w->t->netlink;
	_Alignas(8) unsigned char request[QDISC_REQUEST];

	return tell(w, device_of(w), request,
	    tc_change_cake(request, n->seq, w->look.device.ifindex, o));
}

static enum failure
remove_root(struct work *w, const char *kind)
{
	struct netlink *n = &w->t->netlink;
	_Alignas(8) unsigned char request[QDISC_REQUEST];

	return tell(w, device_of(w), request,
	    tc_delete_root(request, n->seq, w->look.device.ifindex, kind));
}

/* A class with what is configured, beside its rate, and its queue? */
static bool
is_good_class(const struct work *w)
{
	const struct qdisc *has = &w->look.class;
	struct qdisc want = class_of(w);

	return has->kind[0] != '\0' && strcmp(w->look.leaf, "fq_codel") == 0 &&
	    has->rate.overhead == want.rate.overhead &&
	    has->rate.mpu == want.rate.mpu &&
	    has->rate.linklayer == want.rate.linklayer;
}

static enum failure
up_root(struct work *w)
{
	const struct qdisc *root = &w->look.root;
	bool htb = w->s->shaper.backend == BACKEND_HTB;
	struct cake_options o = cake_options_of(w->s, w->dir);
	enum failure why = WORKED;

	if (tc_is_made(root) && !htb && strcmp(root->kind, "cake") == 0)
		return cake_options_equal(&o, &w->look.cake) ?
		    WORKED :
		    change_cake(w, &o);
	if (tc_is_made(root) && htb && is_good_class(w))
		return WORKED;
	/* Ours, but of another backend, or without its class. */
	if (tc_is_made(root))
		why = remove_root(w, root->kind);
	if (why != WORKED)
		return why;
	return htb ? add_htb(w) : add_cake(w);
}

static enum failure
add_redirect(struct work *w)
{
	struct netlink *n = &w->t->netlink;
	_Alignas(8) unsigned char request[QDISC_REQUEST];

	return tell(w, w->s->wan.device, request,
	    tc_add_redirect(request, n->seq, w->look.feeder.ifindex,
		w->look.device.ifindex));
}

static enum failure
remove_redirect(struct work *w)
{
	struct netlink *n = &w->t->netlink;
	_Alignas(8) unsigned char request[QDISC_REQUEST];

	return tell(w, w->s->wan.device, request,
	    tc_delete_redirect(request, n->seq, w->look.feeder.ifindex));
}

static enum failure
remove_ingress(struct work *w)
{
	struct netlink *n = &w->t->netlink;
	_Alignas(8) unsigned char request[QDISC_REQUEST];

	return tell(w, w->s->wan.device, request,
	    tc_delete_ingress(request, n->seq, w->look.feeder.ifindex));
}

static enum failure
up_feed(struct work *w)
{
	struct tc_look *l = &w->look;
	struct netlink *n = &w->t->netlink;
	_Alignas(8) unsigned char request[QDISC_REQUEST];
	const char *feeder = w->s->wan.device;
	enum failure why = WORKED;

	if (!settings_is_fed(w->s, w->dir))
		return WORKED;
	if (l->ingress[0] == '\0') {
		why = tell(w, feeder, request,
		    tc_add_ingress(request, n->seq, l->feeder.ifindex));
		w->made_ingress = why == WORKED;
	}
	if (why == WORKED && l->filters.made_to == l->device.ifindex)
		return WORKED;
	/* An ifb that was made anew has another number. */
	if (why == WORKED && l->filters.made > 0)
		why = remove_redirect(w);
	return why != WORKED ? why : add_redirect(w);
}

static void
undo(struct work *w)
{
	struct netlink *n = &w->t->netlink;
	_Alignas(8) unsigned char request[QDISC_REQUEST];
	char detail[sizeof w->t->detail];

	memcpy(detail, w->t->detail, sizeof detail);
	if (w->made_ingress)
		(void)remove_ingress(w);
	if (w->made_root)
		(void)remove_root(w,
		    w->s->shaper.backend == BACKEND_HTB ? "htb" : "cake");
	if (w->made_link)
		(void)tell(w, device_of(w), request,
		    tc_delete_link(request, n->seq, w->look.device.ifindex));
	memcpy(w->t->detail, detail, sizeof detail);
}

enum failure
tc_setup_up(struct tc_kernel *t, const struct settings *s, enum direction dir,
    bool *changed)
{
	/* Nothing is made beside what others made. */
	static enum failure (*const steps[])(struct work * w) = { check_devices,
		check_root, check_feed, up_device, up_root, up_feed };
	struct work w = { .t = t, .s = s, .dir = dir };
	enum failure why = look(&w);

	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		if (why == WORKED)
			why = steps[i](&w);
	if (why != WORKED)
		undo(&w);
	*changed = *changed || (w.changed && why == WORKED);
	return why;
}

/* --- removing ------------------------------------------------------------- */

static enum failure
down_feed(struct work *w)
{
	const struct tc_look *l = &w->look;
	enum failure why;

	if (!l->has_feeder || l->filters.made == 0)
		return WORKED;
	why = remove_redirect(w);
	/* One without filters does nothing, so it is nobody's loss. */
	if (why == WORKED && l->filters.others == 0 &&
	    strcmp(l->ingress, "ingress") == 0)
		why = remove_ingress(w);
	return why;
}

static enum failure
down_device(struct work *w)
{
	const struct tc_look *l = &w->look;
	struct netlink *n = &w->t->netlink;
	_Alignas(8) unsigned char request[QDISC_REQUEST];

	if (!l->has_device)
		return WORKED;
	/* Its shaper goes with it, whose ever that is. */
	if (settings_is_fed(w->s, w->dir) && is_made_ifb(&l->device))
		return tell(w, device_of(w), request,
		    tc_delete_link(request, n->seq, l->device.ifindex));
	return tc_is_made(&l->root) ? remove_root(w, l->root.kind) : WORKED;
}

enum failure
tc_setup_down(struct tc_kernel *t, const struct settings *s, enum direction dir,
    bool *changed)
{
	struct work w = { .t = t, .s = s, .dir = dir };
	enum failure why = look(&w);

	if (why == WORKED)
		why = down_feed(&w);
	if (why == WORKED)
		why = down_device(&w);
	*changed = *changed || w.changed;
	return why;
}
