/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tc_kernel.c and tc_setup.c share; for nobody else. */
#ifndef TC_KERNEL_PARTS_H
#define TC_KERNEL_PARTS_H

#include "shape/tc_kernel.h"

/* Keeps the sentence for people, and returns `why`. */
__attribute__((format(printf, 3, 4))) enum failure
tc_refuse(struct tc_kernel *t, enum failure why, const char *fmt, ...);

/* The same of errno, with the kernel's words. */
enum failure tc_refuse_errno(struct tc_kernel *t, const char *device);

/* "1:10" as the kernel writes it. */
uint32_t tc_class_id(const char *text);

#endif
