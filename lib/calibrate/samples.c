/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "calibrate/samples.h"

#include <string.h>

#include "base/text.h"

#define LOST_US 1000000

void
samples_init(struct samples *s)
{
	memset(s, 0, sizeof *s);
	s->newest_us = -1;
}

static struct idle_host *
host_of(struct samples *s, const char *name)
{
	for (size_t i = 0; i < s->hosts; i++)
		if (strcmp(s->host[i].name, name) == 0)
			return &s->host[i];
	if (s->hosts == SETTINGS_HOSTS)
		return NULL;
	(void)text_copy(s->host[s->hosts].name, HOST_MAX, name, strlen(name));
	return &s->host[s->hosts++];
}

void
samples_idle(struct samples *s, const struct rtt *r)
{
	struct idle_host *h = host_of(s, r->host);

	if (h == NULL)
		return;
	if (r->lost == 1)
		h->lost++;
	else if (h->n < SAMPLES_IDLE)
		h->us[h->n++] = r->us;
}

const struct idle_host *
samples_idle_end(struct samples *s)
{
	const struct idle_host *best = NULL;

	for (size_t i = 0; i < s->hosts; i++) {
		struct idle_host *h = &s->host[i];

		if (h->n == 0)
			continue;
		h->jitter_us = jitter_of(h->us, h->n);
		sort_values(h->us, h->n);
		h->least_us = h->us[0];
		h->idle_us = quantile_of(h->us, h->n, 50);
		if (best == NULL || h->idle_us < best->idle_us)
			best = h;
	}
	return best;
}

int64_t
samples_jitter(const struct samples *s)
{
	int64_t v[SETTINGS_HOSTS];
	size_t n = 0;

	for (size_t i = 0; i < s->hosts; i++)
		if (s->host[i].n > 0)
			v[n++] = s->host[i].jitter_us;
	if (n == 0)
		return 0;
	sort_values(v, n);
	return quantile_of(v, n, 50);
}

void
samples_begin(struct samples *s)
{
	s->n = s->probes = 0;
	s->lost = 0;
	s->newest_us = -1;
}

/* Its reflector, if that has an idle figure. */
static const struct idle_host *
idle_host(struct samples *s, const struct rtt *r)
{
	const struct idle_host *h = host_of(s, r->host);

	return h != NULL && h->idle_us > 0 && r->lost != 1 ? h : NULL;
}

void
samples_late(struct samples *s, const struct rtt *r, int64_t back_us)
{
	const struct idle_host *h = idle_host(s, r);

	if (h != NULL && s->probes < SAMPLES_MAX)
		s->probe[s->probes++] = (struct samples_probe){ back_us - r->us,
			back_us, r->us - h->idle_us };
}

void
samples_take(struct samples *s, const struct rtt *r, int64_t back_us)
{
	const struct idle_host *h = idle_host(s, r);

	if (r->lost == 1 && host_of(s, r->host) != NULL)
		s->lost++;
	if (h == NULL || s->n == SAMPLES_MAX)
		return;
	s->delta[s->n] = s->newest_us = r->us - h->idle_us;
	s->rtt[s->n++] = r->us + (r->queued_us > 0 ? r->queued_us : 0);
	samples_late(s, r, back_us);
}

void
samples_add_up(struct samples *s, struct search_probe *out)
{
	int64_t sum = 0;
	size_t n = s->n;

	/* When hardly any came back, delay was the least of it. */
	if (s->lost > (int64_t)n) {
		out->bloat_us = out->mean_us = out->p95_us = LOST_US;
		out->rpm = 0;
		return;
	}
	if (n == 0)
		return;
	sort_values(s->delta, n);
	sort_values(s->rtt, n);
	for (size_t i = 0; i < n; i++)
		sum += s->delta[i];
	out->mean_us = sum / (int64_t)n;
	out->bloat_us = quantile_of(s->delta, n, 50);
	out->p95_us = quantile_of(s->delta, n, 95);
	out->rpm = rpm_of(s->rtt, n);
}
