/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "monitor/blackbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_SIZE 65536 /* of a piece; it doubles */

static void
drop_oldest(struct blackbox *b)
{
	b->len -= b->piece[0].len;
	free(b->piece[0].text);
	b->pieces--;
	memmove(b->piece, b->piece + 1, b->pieces * sizeof b->piece[0]);
	/* Each but the first of all begins at a cut. */
	b->beginning = b->pieces > 0;
}

/* A cut for each part of the window, or of the room, is enough. */
static bool
is_young(const struct blackbox *b, int64_t t_us)
{
	const struct blackbox_piece *last;

	if (b->pieces == 0 || (b->pieces == 1 && !b->beginning))
		return false;
	last = &b->piece[b->pieces - 1];
	return t_us >= last->t_us &&
	    t_us - last->t_us < b->window_us / BLACKBOX_PARTS &&
	    last->len < b->room / BLACKBOX_PARTS;
}

void
blackbox_cut(struct blackbox *b, int64_t t_us)
{
	while (b->pieces > 1 && b->piece[1].t_us <= t_us - b->window_us)
		drop_oldest(b);
	if (is_young(b, t_us))
		return;
	if (b->pieces == BLACKBOX_PIECES) {
		drop_oldest(b);
		b->is_short = true;
	}
	if (b->pieces == 0)
		b->beginning = true;
	b->piece[b->pieces++] = (struct blackbox_piece){ .t_us = t_us };
}

static struct blackbox_piece *
last_piece(struct blackbox *b)
{
	if (b->pieces == 0) {
		b->piece[b->pieces++] = (struct blackbox_piece){ 0 };
		b->beginning = false;
	}
	return &b->piece[b->pieces - 1];
}

/* Without room for the newest piece alone, it begins anew. */
static bool
make_room(struct blackbox *b, size_t len)
{
	while (b->pieces > 0 && b->len + len > b->room) {
		drop_oldest(b);
		b->is_short = true;
	}
	return len <= b->room;
}

static bool
grow(struct blackbox_piece *piece, size_t len)
{
	size_t size = piece->size == 0 ? FIRST_SIZE : piece->size;
	char *text;

	while (size - piece->len < len)
		size *= 2;
	if (size == piece->size)
		return true;
	text = realloc(piece->text, size);
	if (text == NULL)
		return false;
	piece->text = text;
	piece->size = size;
	return true;
}

void
blackbox_add(struct blackbox *b, const char *line, size_t len)
{
	struct blackbox_piece *piece;

	if (!make_room(b, len + 1))
		return;
	piece = last_piece(b);
	if (!grow(piece, len + 1)) {
		/* What is left without this line would be decided otherwise. */
		blackbox_free(b);
		b->is_short = true;
		return;
	}
	memcpy(piece->text + piece->len, line, len);
	piece->text[piece->len + len] = '\n';
	piece->len += len + 1;
	b->len += len + 1;
}

static int
write_all(int fd, const char *at, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

int
blackbox_write(const struct blackbox *b, int fd)
{
	for (size_t i = 0; i < b->pieces; i++)
		if (write_all(fd, b->piece[i].text, b->piece[i].len) == -1)
			return -1;
	return 0;
}

void
blackbox_free(struct blackbox *b)
{
	while (b->pieces > 0)
		drop_oldest(b);
}
