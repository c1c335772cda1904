/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the four programs of a stream, joined by pipes, and ends them together.
 */
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/coprocess.h"
#include "base/notify.h"
#include "base/relay.h"
#include "base/text.h"
#include "program.h"

#define GRACE_US 10000000   /* a router may take that long for a last rate */
#define ALL_ASKED_US 200000 /* a signal to all of a group is there by then */

static const char usage_text[] =
    "usage: wanctl-stream [-kr] -c FILE -s STATE -l DIR WAN\n";

enum { PING, QUEUE, ASSESS, SETRATE, PROGRAMS };
static const char *const name_of[PROGRAMS] = { "wanctl-ping", "wanctl-queue",
	"wanctl-assess", "wanctl-setrate" };

struct program {
	const char *wan, *conf, *state, *dir;
	bool records, keeps;
	sigset_t open_mask;

	/* measured: from both of the first to wanctl-assess; decided: from that
	 * to wanctl-setrate. While this process has all ends too, a program
	 * that dies is not the end of input or output for another, so the first
	 * one that ends is the one that began it, and none dies of SIGPIPE. */
	int measured[2], decided[2];
	int out, nothing;    /* where records go; /dev/null */
	pid_t pid[PROGRAMS]; /* 0: ended, or was not started */
	int status[PROGRAMS];
	int first; /* that ended; PROGRAMS: none */
	/* wanctl-keep reads all records. The line does without it. */
	pid_t keeper;                /* 0: none */
	int kept;                    /* to it */
	bool terminal;               /* there was one at the start */
	pid_t check;                 /* of a new configuration; 0: none */
	bool wanted, reload;         /* a reload: is asked for; can be done */
	struct notify_relay manager; /* is told what wanctl-setrate says */
	struct relay relay;
	bool relaying, said;
	bool gone;   /* nobody reads the records any more */
	bool failed; /* they cannot be written */
};

/* --- signals ----------------------------------------------------------- */

static volatile sig_atomic_t asked;   /* how often it was asked to stop */
static volatile sig_atomic_t hung_up; /* SIGHUP came */

static void
on_stop(int sig)
{
	(void)sig;
	asked++;
}

static void
on_hangup(int sig)
{
	(void)sig;
	hung_up = 1;
}

static volatile sig_atomic_t requested; /* SIGUSR1 came */

static void
on_request(int sig)
{
	(void)sig;
	requested = 1;
}

static void
on_child(int sig)
{
	(void)sig;
}

/* A signal that was ignored at the start stays ignored, for nohup(1). */
static void
catch_signals(sigset_t *open_mask, bool keeps)
{
	static const struct {
		int sig;
		void (*handler)(int);
	} caught[] = { { SIGTERM, on_stop }, { SIGINT, on_stop },
		{ SIGHUP, on_hangup }, { SIGUSR1, on_request } };
	size_t count = sizeof caught / sizeof *caught - !keeps;
	struct sigaction sa = { 0 }, was;
	sigset_t block;

	sigemptyset(&block);
	sigaddset(&block, SIGCHLD);
	for (size_t i = 0; i < count; i++)
		sigaddset(&block, caught[i].sig);
	if (sigprocmask(SIG_BLOCK, &block, open_mask) == -1)
		program_fail(STATUS_OS, "signals");
	for (size_t i = 0; i < count; i++) {
		sigdelset(open_mask, caught[i].sig);
		sa.sa_handler = caught[i].handler;
		if (sigaction(caught[i].sig, NULL, &was) == -1 ||
		    (was.sa_handler != SIG_IGN &&
			sigaction(caught[i].sig, &sa, NULL) == -1))
			program_fail(STATUS_OS, "signals");
	}
	sa.sa_handler = on_child;
	sigdelset(open_mask, SIGCHLD);
	if (sigaction(SIGCHLD, &sa, NULL) == -1)
		program_fail(STATUS_OS, "signals");
	(void)signal(SIGPIPE, SIG_IGN);
	output_stops(program_messages(), open_mask, &asked);
}

/* --- the programs ------------------------------------------------------ */

static void
kill_all(const struct program *p, int sig)
{
	for (int i = 0; i < PROGRAMS; i++)
		if (p->pid[i] > 0)
			(void)kill(p->pid[i], sig);
}

static const uint64_t needed[PROGRAMS] = {
	[PING] = PRIVILEGE_NET_RAW | PRIVILEGE_NET_ADMIN,
	/* The needs of its command are not known here. */
	[SETRATE] = CHILD_PRIVILEGES,
};

/* A program that cannot be started ends those that were. */
static void
start(struct program *p, int which, const char *const argv[], int in, int out)
{
	/* It has a state to save when this process is killed. */
	const struct child_wiring w = { in, out, -1, false, SIGTERM,
		needed[which] };

	p->pid[which] = child_spawn(argv, &w);
	if (p->pid[which] != -1)
		return;
	program_say("%s: %s: %s", p->wan, name_of[which], strerror(errno));
	p->pid[which] = 0;
	kill_all(p, SIGTERM);
	exit(STATUS_OS);
}

/* DIR/name or STATE.name. */
static const char *
path(char buf[static STORE_PATH_MAX], const char *at, const char *joint,
    const char *name)
{
	struct text t;

	text_init(&t, buf, STORE_PATH_MAX);
	text_add(&t, at);
	text_add(&t, joint);
	text_add(&t, name);
	if (t.full)
		program_die(STATUS_USAGE, "%s: path too long", at);
	return buf;
}

/* One of the two that decide and act: they have a state, and copy what they
 * read when it is to be printed. */
static void
start_filter(struct program *p, int which, const char *name, int in, int out)
{
	char state[STORE_PATH_MAX], live[STORE_PATH_MAX];
	bool all = p->records || p->keeps;
	const char *argv[] = { name_of[which], "-c", p->conf, "-s",
		path(state, p->state, ".", name), "-l",
		path(live, p->dir, "/", name),
		!all                            ? NULL :
		    which == ASSESS && p->keeps ? "-ak" :
						  "-a",
		NULL };

	start(p, which, argv, in, out);
}

/* --- the keeper ---------------------------------------------------------- */

/* The end of the records is its own. */
static void
start_keeper(struct program *p)
{
	const char *const argv[] = { "wanctl-keep", "-c", p->conf, NULL };
	struct child_wiring w = { -1, p->records ? -1 : p->nothing, -1, false,
		SIGTERM, 0 };
	int pipe[2];

	if (pipe2(pipe, O_CLOEXEC) == -1)
		program_fail(STATUS_OS, "pipe");
	w.in = pipe[0];
	p->keeper = child_spawn(argv, &w);
	if (p->keeper == -1)
		program_fail(STATUS_OS, "%s: wanctl-keep", p->wan);
	(void)close(pipe[0]);
	p->kept = pipe[1];
	relay_to(&p->relay, p->kept);
}

static void
reap_keeper(struct program *p)
{
	int status;

	if (p->keeper <= 0 || waitpid(p->keeper, &status, WNOHANG) != p->keeper)
		return;
	p->keeper = 0;
	if (p->relaying)
		relay_to(&p->relay, p->nothing);
	(void)close(p->kept);
	if (p->records)
		p->gone = true;
	else if (p->first == PROGRAMS && asked == 0)
		program_say("%s: wanctl-keep ended with status %d: what "
			    "happens is not recorded any more",
		    p->wan,
		    WIFEXITED(status) ? WEXITSTATUS(status) :
					128 + WTERMSIG(status));
}

/* --- all ----------------------------------------------------------------- */

static void
start_all(struct program *p)
{
	const char *const ping[] = { name_of[PING], "-c", p->conf, NULL };
	char live[STORE_PATH_MAX];
	/* A line without counters is fine. */
	const char *const queue[] = { name_of[QUEUE], "-Q", "-c", p->conf, "-l",
		path(live, p->dir, "/", "queue"), NULL };

	if (p->keeps)
		start_keeper(p);
	start_filter(p, SETRATE, "setrate", p->decided[0], p->out);
	start_filter(p, ASSESS, "assess", p->measured[0], p->decided[1]);
	start(p, QUEUE, queue, -1, p->measured[1]);
	start(p, PING, ping, -1, p->measured[1]);
}

/* --- until the end ----------------------------------------------------- */

static int
running(const struct program *p)
{
	int n = 0;

	for (int i = 0; i < PROGRAMS; i++)
		n += p->pid[i] > 0;
	return n;
}

/* What a look at the new configuration came to. */
static void
reap_check(struct program *p)
{
	int status;

	if (p->check <= 0 || waitpid(p->check, &status, WNOHANG) != p->check)
		return;
	p->check = 0;
	p->reload = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	if (!p->reload)
		program_say("%s: the new configuration is refused, and the old "
			    "one goes on",
		    p->wan);
}

static void
reap(struct program *p)
{
	/* Its last words too, but not that it stops for a reload. */
	notify_relay_pass(&p->manager, p->reload ? -1 : p->pid[SETRATE]);
	for (int i = 0; i < PROGRAMS; i++) {
		int status;

		if (p->pid[i] <= 0 ||
		    waitpid(p->pid[i], &status, WNOHANG) != p->pid[i])
			continue;
		p->pid[i] = 0;
		p->status[i] = WIFEXITED(status) ? WEXITSTATUS(status) :
						   128 + WTERMSIG(status);
		if (p->first == PROGRAMS)
			p->first = i;
	}
	reap_check(p);
	reap_keeper(p);
}

static void
end_relay(struct program *p)
{
	relay_close(&p->relay);
	p->relaying = false;
}

/* Nobody reads any more. A keeper is told of when it is waited for. */
static void
lose_reader(struct program *p)
{
	if (p->keeps) {
		relay_to(&p->relay, p->nothing);
		return;
	}
	p->gone = true;
	end_relay(p);
}

static void
relay_on(struct program *p)
{
	enum relay_state got;

	if (!p->relaying)
		return;
	got = relay_move(&p->relay);
	if (p->relay.dropped > 0 && !p->said) {
		program_say(
		    "%s: who reads the records is too slow: some are dropped",
		    p->wan);
		p->said = true;
	}
	if (got == RELAY_OPEN)
		return;
	if (got == RELAY_GONE) {
		lose_reader(p);
		return;
	}
	if (got == RELAY_FAILED)
		program_say("%s: standard output: %s", p->wan, strerror(errno));
	p->failed = got == RELAY_FAILED;
	end_relay(p);
}

/* Until a program ends, something can be relayed, a signal comes or it is due.
 */
static void
wait_for_work(struct program *p, int64_t due_us)
{
	struct pollfd fd[3] = { { .fd = -1 }, { .fd = -1 },
		{ p->manager.fd, POLLIN, 0 } };
	struct timespec left = clock_until(due_us);

	if (p->relaying) {
		fd[0] = (struct pollfd){ p->relay.in, POLLIN, 0 };
		/* Without room for more, its being gone is all that counts. */
		fd[1] = (struct pollfd){ p->relay.out,
			relay_waits(&p->relay) ? POLLOUT : 0, 0 };
	}
	if (ppoll(fd, 3, due_us == INT64_MAX ? NULL : &left, &p->open_mask) ==
		-1 &&
	    errno != EINTR)
		program_fail(STATUS_OS, "ppoll");
	if (p->relaying && (fd[1].revents & (POLLERR | POLLNVAL)) != 0)
		lose_reader(p);
}

/* It has read all, and saves what it wants to. */
static void
end_keeper(struct program *p)
{
	int64_t due_us = clock_monotonic() + GRACE_US;
	bool killed = false;

	if (p->keeper <= 0)
		return;
	if (p->relaying)
		relay_to(&p->relay, p->nothing);
	(void)close(p->kept);
	while (
	    p->keeper > 0 && waitpid(p->keeper, NULL, WNOHANG) != p->keeper) {
		if (!killed && clock_monotonic() >= due_us) {
			(void)kill(p->keeper, SIGKILL);
			killed = true;
		}
		wait_for_work(p, killed ? INT64_MAX : due_us);
	}
	p->keeper = 0;
}

static void
take_request(struct program *p)
{
	if (!requested)
		return;
	requested = 0;
	if (p->keeper > 0)
		(void)kill(p->keeper, SIGUSR1);
}

/* Asks all to end, and waits for them: until somebody asks again, or it takes
 * too long. At a reload, the first to ask is not that. */
static void
end_all(struct program *p)
{
	int64_t due_us = clock_monotonic() + GRACE_US;
	int asked_enough = asked + (p->reload ? 2 : 1);

	kill_all(p, SIGTERM);
	for (reap(p); running(p) > 0; reap(p)) {
		if (asked >= asked_enough || clock_monotonic() >= due_us) {
			if (asked < asked_enough)
				program_say(
				    "%s: the programs do not end; killed",
				    p->wan);
			kill_all(p, SIGKILL);
			due_us = INT64_MAX;
			asked_enough = asked + 1;
		}
		wait_for_work(p, due_us);
		relay_on(p);
	}
	relay_on(p);
}

/* --- a new configuration ------------------------------------------------ */

static bool
has_terminal(void)
{
	int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);

	if (fd != -1)
		(void)close(fd);
	return fd != -1;
}

/* A terminal that is gone ends the stream; else SIGHUP wants a reload. */
static void
take_hangup(struct program *p)
{
	if (!hung_up)
		return;
	hung_up = 0;
	if (p->terminal && !has_terminal())
		asked++;
	else
		p->wanted = true;
}

/* By the program that has the most to object: to the file as all of them, and
 * to its hosts. */
static void
begin_check(struct program *p)
{
	const char *const argv[] = { name_of[PING], "-C", "-c", p->conf, NULL };
	const struct child_wiring w = { -1, p->nothing, -1, false, SIGTERM,
		needed[PING] };

	p->wanted = false;
	p->check = child_spawn(argv, &w);
	if (p->check != -1)
		return;
	p->check = 0;
	program_say("%s: %s: %s", p->wan, argv[0], strerror(errno));
}

/* Of a line that is half read, nobody could read the rest. */
static void
empty_pipe(int fd)
{
	char buf[4096];
	int n;

	while (ioctl(fd, FIONREAD, &n) == 0 && n > 0)
		if (read(fd, buf, sizeof buf) <= 0)
			return;
}

/* All programs end, which saves what they know, and begin with that. */
static void
reload(struct program *p)
{
	end_all(p);
	if (asked != 0)
		return;
	end_keeper(p);
	p->first = PROGRAMS;
	empty_pipe(p->measured[0]);
	empty_pipe(p->decided[0]);
	start_all(p);
	p->reload = false;
	program_tell("%s: goes on with the new configuration", p->wan);
}

/* --- the end ------------------------------------------------------------ */

/* Says why it is over; the exit status is that of the program. */
static int
say_end(const struct program *p, int first)
{
	const int status = p->status[first];

	if (status > 128)
		program_say(
		    "%s: the stream is over: %s was killed by signal %d",
		    p->wan, name_of[first], status - 128);
	else
		program_say("%s: the stream is over: %s ended with status %d",
		    p->wan, name_of[first], status);
	/* One that ends unasked has failed, whatever it thinks. */
	return status == 0 ? STATUS_RETRY : status;
}

/* Asked to end: 0, or the status of a program that had something to say. One
 * that the signal met before it could catch it had not, nor one that would do
 * better later, which is not wanted. */
static int
stopped_status(const struct program *p)
{
	for (int i = 0; i < PROGRAMS; i++)
		if (p->status[i] != 0 && p->status[i] != STATUS_RETRY &&
		    p->status[i] != 128 + SIGTERM)
			return p->status[i];
	return STATUS_OK;
}

/* A program has ended: perhaps asked to, with all of a process group, and this
 * one is only about to learn of that. */
static void
wait_to_be_asked(struct program *p)
{
	int64_t due_us = clock_monotonic() + ALL_ASKED_US;

	while (asked == 0 && clock_monotonic() < due_us) {
		wait_for_work(p, due_us);
		relay_on(p);
		take_hangup(p);
	}
	if (asked != 0)
		p->first = PROGRAMS;
}

static int
run(struct program *p)
{
	int first;

	while (p->first == PROGRAMS && asked == 0 && !p->gone && !p->failed) {
		wait_for_work(p, INT64_MAX);
		relay_on(p);
		reap(p);
		take_hangup(p);
		take_request(p);
		if (p->reload && p->first == PROGRAMS)
			reload(p);
		else if (p->wanted && p->check == 0)
			begin_check(p);
	}
	if (p->first != PROGRAMS)
		wait_to_be_asked(p);
	first = p->first;
	end_all(p);
	/* The last records. */
	(void)close(p->out);
	relay_on(p);
	end_keeper(p);
	if (p->failed)
		return STATUS_OS;
	return first == PROGRAMS ? stopped_status(p) : say_end(p, first);
}

static void
read_options(struct program *p, int argc, char *argv[])
{
	int ch;

	while ((ch = program_options(argc, argv, "c:kl:rs:", usage_text)) != -1)
		switch (ch) {
		case 'c':
			p->conf = optarg;
			break;
		case 'k':
			p->keeps = true;
			break;
		case 'l':
			p->dir = optarg;
			break;
		case 'r':
			p->records = true;
			break;
		default:
			p->state = optarg;
		}
	if (p->conf == NULL || p->state == NULL || p->dir == NULL ||
	    argc - optind != 1)
		program_usage(usage_text);
	p->wan = argv[optind];
}

int
main(int argc, char *argv[])
{
	static struct program p = { .first = PROGRAMS };
	int out[2] = { -1, -1 };

	read_options(&p, argc, argv);
	p.terminal = has_terminal();
	coprocess_prepare();
	catch_signals(&p.open_mask, p.keeps);
	if (pipe2(p.measured, O_CLOEXEC) == -1 ||
	    pipe2(p.decided, O_CLOEXEC) == -1)
		program_fail(STATUS_OS, "pipe");
	p.relaying = p.records || p.keeps;
	if (p.relaying && pipe2(out, O_CLOEXEC) == -1)
		program_fail(STATUS_OS, "pipe");
	if ((p.nothing = open("/dev/null", O_WRONLY | O_CLOEXEC)) == -1)
		program_fail(STATUS_OS, "/dev/null");
	p.out = p.relaying ? out[1] : p.nothing;
	if (notify_relay_open(&p.manager) == -1)
		program_fail(STATUS_OS, "the service manager");
	if (p.relaying)
		relay_init(&p.relay, out[0],
		    p.records ? STDOUT_FILENO : p.nothing);
	start_all(&p);
	return run(&p);
}
