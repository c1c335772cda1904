/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines are the same however the input arrives: against a plain loop over the
 * whole of it. The first byte seeds the sizes of the pieces. */
#include "base/lines.h"

#include <fcntl.h>
#include <unistd.h>

#include "fuzz.h"

static struct lines lines;

struct input {
	const char *at;
	size_t left;
};

/* What the next call must deliver. */
static enum lines_got
expected(struct input *in, const char **line, size_t *len)
{
	const char *lf = memchr(in->at, '\n', in->left);

	if (in->left == 0)
		return LINES_END;
	*line = in->at;
	*len = lf == NULL ? in->left : (size_t)(lf - in->at);
	in->at += *len + (lf != NULL);
	in->left -= *len + (lf != NULL);
	if (lf == NULL)
		return *len >= LINES_MAX ? LINES_LONG : LINES_CUT;
	return *len + 1 > LINES_MAX ? LINES_LONG : LINES_LINE;
}

/* Everything that is buffered; false at the end. */
static bool
compare(struct input *want)
{
	const char *line, *want_line = NULL;
	size_t len, want_len = 0;
	enum lines_got got;

	while ((got = lines_next(&lines, &line, &len)) != LINES_EMPTY) {
		must(got == expected(want, &want_line, &want_len));
		if (got == LINES_END)
			return false;
		if (got == LINES_LINE)
			must(len == want_len &&
			    memcmp(line, want_line, len) == 0);
	}
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input want = { (const char *)data, size };
	uint32_t random = size > 0 ? data[0] : 0;
	size_t sent = 0;
	int fd[2];

	must(pipe2(fd, O_NONBLOCK) == 0);
	lines_init(&lines, fd[0]);
	do {
		size_t piece = (random = random * 1103515245 + 12345) >> 16;
		ssize_t n;

		piece = piece % 7 == 0 ? piece % 9000 : piece % 40;
		piece = piece < size - sent ? piece : size - sent;
		n = piece > 0 ? write(fd[1], data + sent, piece) : 0;
		sent += n > 0 ? (size_t)n : 0;
		if (sent == size && fd[1] != -1) {
			close(fd[1]);
			fd[1] = -1;
		}
		if (random % 3 != 0)
			must(lines_fill(&lines) != -1);
	} while (random % 5 == 0 || compare(&want));
	must(want.left == 0);
	close(fd[0]);
	if (fd[1] != -1)
		close(fd[1]);
	return 0;
}
