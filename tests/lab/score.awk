# SPDX-License-Identifier: GPL-2.0-or-later
# The score of a run, from the logs that line.sh wrote: what share of the
# line was used in each direction, and what delay a user had on top of the
# path's own.  Called by line_score.

function name(path) { sub(/.*\//, "", path); return path }

# The value in force at time t, from a log of changes.
function at(when, value, n, t,    i) {
	for (i = n; i > 1 && when[i] > t; i--)
		;
	return value[i]
}

# What the line could have carried between two moments, in bytes: kbit/s
# times hundredths of a second.
function possible(value, a, b,    i, sum, s, e) {
	for (i = 1; i <= capacities; i++) {
		s = capacity_at[i]
		if (s < a)
			s = a
		e = b
		if (i < capacities && capacity_at[i + 1] < b)
			e = capacity_at[i + 1]
		if (e > s)
			sum += value[i] * (e - s) * 1.25
	}
	return sum
}

function used(direction, t, bytes) {
	if (!(direction in loaded) || t < loaded[direction] + 200 ||
	    t < from || t > to)
		return
	if (!(direction in first)) {
		first[direction] = bytes
		first_at[direction] = t
	}
	last[direction] = bytes
	last_at[direction] = t
}

function share(direction, value) {
	if (!(direction in first) || last_at[direction] <= first_at[direction])
		return "-"
	return sprintf("%.3f", (last[direction] - first[direction]) / \
	    possible(value, first_at[direction], last_at[direction]))
}

function sort(a, n,    i, j, v, gap) {
	for (gap = int(n / 2); gap > 0; gap = int(gap / 2))
		for (i = gap + 1; i <= n; i++) {
			v = a[i]
			for (j = i; j > gap && a[j - gap] > v; j -= gap)
				a[j] = a[j - gap]
			a[j] = v
		}
}

function percentile(p,    i) {
	i = int(n * p / 100 + 0.999999)
	return added[i < 1 ? 1 : i]
}

FNR == 1 { log_ = name(FILENAME) }
log_ == "epoch" { epoch = $1 - $2 / 100 }
log_ == "capacity" {
	capacity_at[++capacities] = $1
	down[capacities] = $2
	up[capacities] = $3
}
log_ == "delay" { delay_at[++delays] = $1; delay[delays] = $2 }
log_ == "loads" {
	if (!($1 in loaded))
		loaded[$1] = $2
	if (!start || $2 < start)
		start = $2
}
log_ == "bytes.down" { used("down", $1, $2) }
log_ == "bytes.up" { used("up", $1, $2) }
# [1769000000.123456] 10.77.2.2 : [41], 64 bytes, 20.1 ms (...)
log_ == "probes" && $6 == "bytes," {
	t = (substr($1, 2) + 0 - epoch) * 100
	if (t < from || t < start || t > to)
		next
	v = $7 - at(delay_at, delay, delays, t - $7 / 10)
	added[++n] = v
	if (v > 30)
		over++
}
log_ == "probes" && /timed out/ { lost++ }

END {
	sort(added, n)
	printf "score down_util=%s up_util=%s", share("down", down),
	    share("up", up)
	printf " p50_ms=%.1f p95_ms=%.1f p99_ms=%.1f max_ms=%.1f",
	    percentile(50), percentile(95), percentile(99), percentile(100)
	printf " over30=%.3f probes=%d lost=%d\n", n ? over / n : 0, n, lost
}
