# SPDX-License-Identifier: GPL-2.0-or-later
# The score of a run, from the logs that line.sh wrote. Called by line_score.
#
# down_util, up_util  bytes that came through, of what the line could have
#           carried while there was load in that direction (without the first
#           two seconds of a load); "-": there was none
# p50_ms ... max_ms, over30  what probes took above the path's own delay, and
#           the share that took over 30 ms more. A probe without an answer
#           counts as one of 4000 ms, as long as it was waited for; except
#           when it was sent into a dead line, or while the scenario loses
#           packets: those are in "dead"
# probes, lost, dead  their numbers: counted, lost of them, and not counted
# regain_s, regain_mid_s  the longest and the middle time from a rise of the
#           capacity of a loaded direction until a second begins in which 0.9
#           of it is used
# calm_s, calm_mid_s  the same from a fall of the capacity until a second
#           begins in which no probe takes 30 ms or more
#           In both, changes by a tenth or less, and changes after which less
#           than two seconds pass until the next (after a fall: until the
#           next fall), do not count; what did not happen until then counts as
#           the time until then.

function name(path) { sub(/.*\//, "", path); return path }

# The value in force at time t, from a log of changes.
function at(when, value, n, t,    i) {
	for (i = n; i > 1 && when[i] > t; i--)
		;
	return value[i]
}

# What the line could have carried between two moments, in bytes: kbit/s
# times hundredths of a second.
function possible(direction, a, b,    i, sum, s, e) {
	for (i = 1; i <= capacities; i++) {
		s = capacity_at[i]
		if (s < a)
			s = a
		e = b
		if (i < capacities && capacity_at[i + 1] < b)
			e = capacity_at[i + 1]
		if (e > s)
			sum += capacity[direction, i] * (e - s) * 1.25
	}
	return sum
}

# The stretch of load in which t is, from its third second on; or 0.
function stretch(direction, t,    i) {
	for (i = stretches[direction]; i > 0; i--)
		if (t >= begins[direction, i] + 200 &&
		    (!((direction, i) in ends) || t <= ends[direction, i]))
			return i
	return 0
}

function load(direction, t, off) {
	if (off) {
		if (loads[direction] > 0)
			ends[direction, stretches[direction]] = t
		loads[direction] = 0
	} else if (!loads[direction]++) {
		begins[direction, ++stretches[direction]] = t
	}
	if (!off && (!start || t < start))
		start = t
}

function used(direction, t, bytes,    i) {
	if (t < from || t > to)
		return
	i = ++samples[direction]
	sample_at[direction, i] = t
	sample[direction, i] = bytes
	i = stretch(direction, t)
	if (!i)
		return
	if (!((direction, i) in first)) {
		first[direction, i] = bytes
		first_at[direction, i] = t
	}
	last[direction, i] = bytes
	last_at[direction, i] = t
}

function share(direction,    i, sum, all) {
	for (i = 1; i <= stretches[direction]; i++) {
		if (!((direction, i) in first))
			continue
		sum += last[direction, i] - first[direction, i]
		all += possible(direction, first_at[direction, i],
		    last_at[direction, i])
	}
	return all > 0 ? sprintf("%.3f", sum / all) : "-"
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

# Was the line dead when a probe of time t was on it?  It may have stood in a
# queue before it came there.
function dead_at(t,    i, e) {
	if (at(loss_at, loss, losses, t) > 0)
		return 1
	for (i = 2; i <= capacities; i++) {
		if (capacity["down", i] > 0)
			continue
		e = i < capacities ? capacity_at[i + 1] : to
		if (t >= capacity_at[i] - 50 - at(delay_at, delay, delays, t) / 10 &&
		    t <= e)
			return 1
	}
	return 0
}

# One probe, sent at t.
function count(t, v) {
	sent[++probes] = t
	took[probes] = v
	if (t < from || t < start || t > to)
		return
	added[++n] = v
	if (v > 30)
		over++
}

# Probes are sent every 50 ms and have numbers.
function gone(t, upto) {
	for (; number < upto; number++) {
		t += 5
		if (dead_at(t)) {
			dead++
		} else {
			count(t, 4000)
			lost++
		}
	}
}

# The end of what began with change i, or 0 if that is not to be judged. What
# began with a fall ends with the next one: a rise only helps.
function until(direction, i, falling,    e, s) {
	e = to
	for (s = i + 1; s <= capacities; s++)
		if (falling ? capacity[direction, s] < capacity[direction, s - 1] : \
		    capacity[direction, s] != capacity[direction, i]) {
			e = capacity_at[s]
			break
		}
	s = stretch(direction, capacity_at[i])
	if (!s)
		return 0
	if (((direction, s) in ends) && ends[direction, s] < e)
		e = ends[direction, s]
	return e - capacity_at[i] >= 200 ? e : 0
}

# Hundredths from a rise at a until a second with enough bytes begins.
function regain(direction, a, e, want,    i, j, seconds) {
	j = 1
	for (i = 1; i <= samples[direction]; i++) {
		if (sample_at[direction, i] < a)
			continue
		while (j < samples[direction] &&
		    sample_at[direction, j] < sample_at[direction, i] + 100)
			j++
		if (sample_at[direction, j] > e ||
		    sample_at[direction, j] < sample_at[direction, i] + 100)
			break
		seconds = (sample_at[direction, j] - sample_at[direction, i]) / 100
		if (sample[direction, j] - sample[direction, i] >= \
		    want * 125 * seconds)
			return sample_at[direction, i] - a
	}
	return e - a
}

# Hundredths from a fall at a until a second of little delay begins.
function calm(a, e,    i, since) {
	since = a
	for (i = 1; i <= probes && sent[i] <= e; i++) {
		if (sent[i] < a)
			continue
		if (sent[i] - since >= 100)
			return since - a
		if (took[i] >= 30)
			since = sent[i]
	}
	return e - since >= 100 ? since - a : e - a
}

# The capacity that change i set, or the last one if it killed the line.
function lasting(direction, i) {
	while (i > 1 && capacity[direction, i] == 0)
		i--
	return capacity[direction, i]
}

# Rises count for each direction, falls once, whichever direction falls. A line
# that lives again with what it had has risen.
function changes(    i, d, direction, e, now, was, end, revived) {
	for (i = 2; i <= capacities; i++) {
		end = 0
		for (d = 1; d <= 2; d++) {
			direction = d == 1 ? "down" : "up"
			now = capacity[direction, i]
			was = lasting(direction, i - 1)
			revived = capacity[direction, i - 1] == 0 && now >= was * 0.9
			if (now == 0 ||
			    (now <= was * 1.1 && now >= was * 0.9 && !revived))
				continue
			e = until(direction, i, now < was && !revived)
			if (!e)
				continue
			if (now > was || revived)
				rise[++rises] = regain(direction, capacity_at[i],
				    e, now * 0.9) / 100
			else if (!end || e < end)
				end = e
		}
		if (end)
			fall[++falls] = calm(capacity_at[i], end) / 100
	}
}

function times(word, a, n) {
	sort(a, n)
	if (n)
		printf " %s_s=%.2f %s_mid_s=%.2f", word, a[n], word, a[int((n + 1) / 2)]
	else
		printf " %s_s=- %s_mid_s=-", word, word
}

FNR == 1 { log_ = name(FILENAME) }
log_ == "epoch" { epoch = $1 - $2 / 100 }
log_ == "capacity" {
	capacity_at[++capacities] = $1
	capacity["down", capacities] = $2
	capacity["up", capacities] = $3
}
log_ == "delay" { delay_at[++delays] = $1; delay[delays] = $2 }
log_ == "loss" { loss_at[++losses] = $1; loss[losses] = $2 }
log_ == "loads" { load($1, $2, $3 == "off") }
log_ == "bytes.down" { used("down", $1, $2) }
log_ == "bytes.up" { used("up", $1, $2) }
# [1769000000.123456] 10.77.2.2 : [41], 64 bytes, 20.1 ms (...)
log_ == "probes" && $6 == "bytes," {
	t = (substr($1, 2) + 0 - epoch) * 100 - $7 / 10
	seq = substr($4, 2) + 0
	v = $7 - at(delay_at, delay, delays, t)
	answered[seq] = t
	late[seq] = v
	if (seq > top)
		top = seq
}

END {
	number = 0
	for (seq = 0; seq <= top; seq++) {
		if (!(seq in answered))
			continue
		if (!known)
			number = seq
		known = 1
		gone(before, seq)
		count(answered[seq], late[seq])
		before = answered[seq]
		number = seq + 1
	}
	# The last second is too short to call a probe lost.
	if (known && to - 100 > before)
		gone(before, number + int((to - 100 - before) / 5))
	changes()
	sort(added, n)
	printf "score down_util=%s up_util=%s", share("down"), share("up")
	printf " p50_ms=%.1f p95_ms=%.1f p99_ms=%.1f max_ms=%.1f",
	    percentile(50), percentile(95), percentile(99), percentile(100)
	printf " over30=%.3f probes=%d lost=%d dead=%d", n ? over / n : 0, n,
	    lost, dead
	times("regain", rise, rises)
	times("calm", fall, falls)
	printf "\n"
}
