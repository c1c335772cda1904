/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file of OpenWrt's UCI as a list of keys:
 *
 *	config queue 'eth1'		queue.eth1.interface, queue.eth1.dns.0
 *		option interface 'eth1'
 *		list dns "1.1.1.1"
 *
 * A section without a name has its number, from 0, as in "queue.@0".
 */
#ifndef UCILIST_H
#define UCILIST_H

#include "conf/keylist.h"

/* 0, or -1: why and line say what is wrong. */
int ucilist_parse(struct keylist *l, const char *text, size_t len);

#endif
