/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exit statuses, the same for every program.
 *
 * The numbers are those of sysexits(3), so systemd prints their names, but
 * they are spelt out here because that header is not everywhere. 64, 65 and
 * 78 are permanent: the same call fails again. 71 and 75 may pass: the next
 * pass can succeed.
 */
#ifndef STATUS_H
#define STATUS_H

enum status {
	STATUS_OK = 0,
	STATUS_NO = 1, /* the answer is no */
	STATUS_USAGE = 64,
	STATUS_DATA = 65,  /* work done, but at least one bad record was seen */
	STATUS_OS = 71,    /* a system call failed */
	STATUS_RETRY = 75, /* peer failed or lock busy: try again */
	STATUS_CONFIG = 78,
};

#endif
