#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The structure of the library, and that breaches of it are found.

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	bin=${BIN:-$top/build/bin}
	objects=${bin%/bin}/lib
	cd "$BATS_TEST_TMPDIR" || exit 1
}

layers() {
	"$top/tests/layers" "$@"
}

# Whether objects of this compiler can be judged.
setup_file() {
	setup
	status=0
	layers "$top/lib" "$objects" >"$BATS_FILE_TMPDIR/before" || status=$?
	echo "$status" >"$BATS_FILE_TMPDIR/status"
}

# A copy of the library in lib and objects in which something is planted. There
# is no breach in it yet, as the first test says.
copy() {
	[ "$(cat "$BATS_FILE_TMPDIR/status")" -ne 77 ] ||
		skip "$(tail -n 1 "$BATS_FILE_TMPDIR/before")"
	cp -r "$top/lib" lib
	cp -r "$objects" objects
}

# compile FOLDER/MODULE: makes its object anew.
compile() {
	# shellcheck disable=SC2046
	${CC:-cc} -std=c11 -D_GNU_SOURCE -O2 -fPIE -Ilib \
	    $(pkg-config --cflags inih libmnl) -c -o "objects/$1.o" "lib/$1.c"
}

# caught TEXT: the breach is found, and nothing else.
caught() {
	run layers lib objects
	echo "$output"
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ "$output" == *"$1"* ]]
}

@test "every module keeps to its folder, is pure if it must be, and silent" {
	cat "$BATS_FILE_TMPDIR/before"
	status=$(cat "$BATS_FILE_TMPDIR/status")
	[ "$status" -ne 77 ] || skip "$(tail -n 1 "$BATS_FILE_TMPDIR/before")"
	[ "$status" -eq 0 ]
	[ ! -s "$BATS_FILE_TMPDIR/before" ]
}

@test "planted: an upward include" {
	copy
	echo '#include "conf/settings.h"' >>lib/base/text.c
	caught "base/text.c: includes conf/settings.h, of a folder that is not lower"
}

@test "planted: an include of a folder beside" {
	copy
	echo '#include "router/ssh.h"' >>lib/probe/route.c
	caught "probe/route.c: includes router/ssh.h, of a folder that is not lower"
}

@test "planted: a pure module that includes one that is not" {
	copy
	echo '#include "base/clock.h"' >>lib/base/ewma.h
	caught "base/ewma.h: includes base/clock.h, which is not pure"
}

@test "planted: headers that include each other" {
	copy
	echo '#include "assess/assess.h"' >>lib/assess/utilisation.h
	run layers lib objects
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == "a circle: "*assess/utilisation.h* ]]
}

@test "planted: a pure module that is not there" {
	copy
	rm lib/base/ewma.[ch]
	run layers lib objects
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"base/ewma: is pure, and not there"* ]]
}

@test "planted: an include of a program's header" {
	copy
	echo '# include "../cmd/program.h"' >>lib/record/record.c
	caught "record/record.c: includes ../cmd/program.h, which is no module"
}

@test "planted: a module outside the folders, and a folder outside the order" {
	copy
	echo >lib/planted.h
	caught "planted.h: is in no folder"
	mkdir lib/planted
	mv lib/planted.h lib/planted/zone.h
	caught "planted/zone.h: is in no folder"
}

@test "planted: a call upwards that no include shows" {
	copy
	cat >>lib/base/ewma.c <<-'END'
		const char *record_parse(void *, const char *, unsigned long);
		int planted(void);
		int planted(void) { return record_parse(0, "", 0) == 0; }
	END
	compile base/ewma
	caught "base/ewma: calls record_parse of record/record, of a folder that is not lower"
}

@test "planted: a call of a pure module that no include shows" {
	copy
	cat >>lib/base/ewma.c <<-'END'
		long long clock_monotonic(void);
		int planted(void);
		int planted(void) { return clock_monotonic() == 0; }
	END
	compile base/ewma
	caught "base/ewma: calls clock_monotonic of base/clock, which is not pure"
}

@test "planted: the clock" {
	copy
	cat >>lib/base/ewma.c <<-'END'
		#include <time.h>
		long planted(void);
		long planted(void) { return (long)time(0); }
	END
	compile base/ewma
	caught "base/ewma: is not pure: time"
}

@test "planted: memory, files, the environment, random numbers" {
	copy
	cp lib/record/zone.c zone.c
	while read -r symbol call; do
		cp zone.c lib/record/zone.c
		cat >>lib/record/zone.c <<-END
			#include <stdlib.h>
			#include <unistd.h>
			#include <string.h>
			void *planted(void);
			void *planted(void) { return (void *)(long)$call; }
		END
		compile record/zone
		caught "record/zone: is not pure: $symbol"
	done <<-'END'
		malloc malloc(sizeof(long) * (size_t)zone_names[0][0])
		getenv getenv("HOME")
		read read(0, (void *)zone_names, 1)
		random random()
		strdup strdup(zone_names[0])
	END
}

@test "planted: a global, zero and not, of the file and of a function" {
	copy
	cp lib/record/zone.c zone.c
	while read -r section declaration; do
		cp zone.c lib/record/zone.c
		cat >>lib/record/zone.c <<-END
			int planted(void);
			$declaration
			int planted(void) { return state++; }
		END
		compile record/zone
		caught "in .$section"
	done <<-'END'
		bss static int state;
		data static int state = 3;
		data int state; int state = 3;
		tbss static _Thread_local int state;
	END
	cp zone.c lib/record/zone.c
	cat >>lib/record/zone.c <<-'END'
		int planted(void);
		int planted(void) { static int n; return n++; }
	END
	compile record/zone
	caught "record/zone: has writable static data: 4 bytes in .bss"
	# A table of constants with addresses is none.
	cp zone.c lib/record/zone.c
	echo 'extern const char *const more[]; const char *const more[] = { "a", "b" };' \
	    >>lib/record/zone.c
	compile record/zone
	run layers lib objects
	[ "$status" -eq 0 ]
}

@test "planted: printing, in any layer" {
	copy
	for module in record/zone base/lines; do
		for call in 'printf("%d", (int)getpid())' 'puts("x")' \
		    'fputs("x", stderr)' 'perror("x")' 'warnx("x")' \
		    'dprintf(2, "x")' 'syslog(3, "x")'; do
			cp "$top/lib/$module.c" "lib/$module.c"
			cat >>"lib/$module.c" <<-END
				#include <err.h>
				#include <stdio.h>
				#include <syslog.h>
				#include <unistd.h>
				void planted(void);
				void planted(void) { $call; }
			END
			compile "$module"
			run layers lib objects
			echo "$call: $output"
			[ "$status" -eq 1 ]
			[[ "$output" == *"$module: prints: "* ]]
		done
		cp "$objects/$module.o" "objects/$module.o"
		cp "$top/lib/$module.c" "lib/$module.c"
	done
}

@test "planted: leaving the process, in any layer" {
	copy
	for module in record/zone base/lines; do
		for call in exit abort _exit errx; do
			cp "$top/lib/$module.c" "lib/$module.c"
			cat >>"lib/$module.c" <<-END
				#include <err.h>
				#include <stdlib.h>
				#include <unistd.h>
				void planted(int x);
				void planted(int x) { if (x) $call($(
				    case $call in
				    abort) ;;
				    errx) echo '1, "x"' ;;
				    *) echo 1 ;;
				    esac)); }
			END
			compile "$module"
			run layers lib objects
			echo "$call: $output"
			[ "$status" -eq 1 ]
			[[ "$output" == *"$module: "*"s: $call"* ]]
		done
		cp "$objects/$module.o" "objects/$module.o"
		cp "$top/lib/$module.c" "lib/$module.c"
	done
}

@test "a module that was not built is a failure, not a success" {
	copy
	rm objects/record/zone.o
	caught "objects/record/zone.o: is not there; build first"
}
