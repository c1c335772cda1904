/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "router/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 1024

void
secret_wipe(void *secret, size_t size)
{
	explicit_bzero(secret, size);
}

/* The file among the credentials; -1: none there. */
static int
open_credential(const char *path)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	const char *name = strrchr(path, '/');
	char full[PATH_SIZE];
	int len;

	if (dir == NULL || *dir == '\0')
		return -1;
	len = snprintf(full, sizeof full, "%s/%s", dir,
	    name != NULL ? name + 1 : path);
	if (len < 0 || (size_t)len >= sizeof full)
		return -1;
	return open(full, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

static const char *
check(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return "cannot be looked at";
	if (!S_ISREG(st.st_mode))
		return "is not a regular file";
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return "is another user's";
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return "can be read or written by others than its owner: "
		       "chmod 600";
	return NULL;
}

static const char *
read_all(int fd, char *out, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, out + len, size - len)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return "cannot be read";
		len += (size_t)n;
		if (len == size)
			return "is too long";
	}
	out[len] = '\0';
	if (strlen(out) != len)
		return "has a NUL in it";
	return len == 0 ? "is empty" : NULL;
}

const char *
secret_read(const char *path, char *out, size_t size)
{
	const char *why = NULL;
	int fd = open_credential(path);

	if (fd == -1) {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
		if (fd == -1)
			return errno == EACCES ? "may not be read" :
			    errno == ENOENT    ? "is not there" :
						 "cannot be opened";
		why = check(fd);
	}
	if (why == NULL)
		why = read_all(fd, out, size);
	if (why != NULL)
		secret_wipe(out, size);
	(void)close(fd);
	return why;
}

const char *
secret_line(const char *path, char *out, size_t size)
{
	const char *why = secret_read(path, out, size);
	size_t len;

	if (why != NULL)
		return why;
	len = strcspn(out, "\r\n");
	secret_wipe(out + len, strlen(out) - len);
	return len == 0 ? "begins with an empty line" : NULL;
}
