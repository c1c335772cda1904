/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text is refused with a reason, or gives a rate or an error. */
#include "calibrate/iperf.h"

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct iperf_result r;

	if (iperf_parse((const char *)data, size, &r) != NULL)
		return 0;
	must(r.bps >= -1 && r.bps <= 1000000000000);
	must(memchr(r.error, '\0', sizeof r.error) != NULL);
	must(r.bps >= 0 || r.error[0] != '\0');
	for (const char *p = r.error; *p != '\0'; p++)
		must(*p >= ' ' && *p <= '~');
	return 0;
}
