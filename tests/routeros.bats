#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The router of our own making answers as RouterOS 7 does, told by clients that
# are not ours: so that what is tested against it is not satisfied by accident.

bats_require_minimum_version 1.5.0

load router

# rest: lines of "METHOD PATH BODY", one connection; prints "STATUS BODY".
rest() {
	python3 -c '
import base64, http.client, ssl, sys
port, ca, kind, login = sys.argv[1:]
context = ssl.create_default_context(cafile=ca)
c = http.client.HTTPSConnection("127.0.0.1", int(port), context=context)
for line in sys.stdin.read().splitlines():
    method, path, body = (line + "  ").split(" ", 2)
    head = {"Authorization": "Basic " + base64.b64encode(login.encode()).decode()}
    if body.strip():
        head["Content-Type"] = kind
    c.request(method, path, body.strip() or None, head)
    r = c.getresponse()
    print(r.status, r.read().decode().strip())
' "$rest_port" "$keys/ca.pem" "${kind:-application/json}" "${login:-wanctl:s3cret-wanctl}"
}

# console COMMAND: with OpenSSH, over a connection that is kept.
console() {
	ssh -F none -o BatchMode=yes -o UserKnownHostsFile="$PWD/known_hosts" \
	    -o GlobalKnownHostsFile=none -o ControlMaster=auto \
	    -o ControlPath="$PWD/mux" -o ControlPersist=20 -i "$keys/client" \
	    -p "$ssh_port" wanctl@127.0.0.1 "$1" </dev/null 3>&- | tr -d '\r'
}

@test "R102: the double refuses over REST what a router refuses" {
	rest >said <<-'END'
	GET /rest/queue/tree?name=none
	GET /rest/queue/tree/*DEAD
	PATCH /rest/queue/tree/%2A1000001 {"max-limit":"1"}
	POST /rest/queue/tree/set {"max-limit":"1"}
	PATCH /rest/queue/tree/WAN-Upload {"max-limit":"x"}
	GET /rest/nonexistent
	GET /rest/queue/tree/set
	GET /rest/ip/firewall/mangle/second
	HEAD /rest/queue/tree
	PUT /rest/queue/tree {"name":"WAN-Upload","parent":"global"}
	DELETE /rest/queue/tree/*DEAD
	END
	cat said
	[ "$(cut -d' ' -f1 said | tr '\n' ' ')" = '200 404 400 400 400 400 400 400 501 400 404 ' ]
	[ "$(sed -n 1p said)" = '200 []' ]
	[ "$(sed -n 2p said | tr -d ' ')" = '404{"error":404,"message":"NotFound"}' ]
	sed -n 3p said | grep -q 'missing or invalid resource identifier'
	sed -n 4p said | grep -q 'missing =.id='
	sed -n 6p said | grep -q 'no such command or directory (nonexistent)'
	[ "$(ros count)" -eq 0 ]
	# Only that type of content, and nothing behind it.
	[ "$(kind='application/json; charset=utf-8' rest <<<'PATCH /rest/queue/tree/WAN-Upload {"max-limit":"1"}' | cut -d' ' -f1)" = 415 ]
	[ "$(login=wanctl:wrong rest <<<'GET /rest/queue/tree' | tr -d ' ')" = '401{"error":401,"message":"Unauthorized"}' ]
	ros user name=wanctl policies=read,ssh,api,rest-api
	id=$(ros state menu=queue/tree name=WAN-Upload | sed 's/.*"\.id": "\([^"]*\)".*/\1/')
	rest >said <<-END
	PATCH /rest/queue/tree/$id {"max-limit":"1"}
	END
	grep -q '^500 .*not enough permissions (9)' said
	ros reset
	rest >said <<-END
	PATCH /rest/queue/tree/$id {"max-limt":"1"}
	PATCH /rest/queue/tree/$id {"max-limit":"20M"}
	GET /rest/queue/tree?name=WAN-Upload&.proplist=name,max-limit
	GET /rest/ip/firewall/mangle
	GET /rest/system/resource
	END
	cat said
	sed -n 1p said | grep -q '^400 .*unknown parameter max-limt'
	sed -n 3p said | grep -q '"\.id"'
	# All values are text; what was never written is not there.
	sed -n 3p said | grep -q '"max-limit": *"20000000"'
	sed -n 4p said | grep -q '"comment": *"ADAPTIVE'
	[ "$(sed -n 4p said | grep -o '"disabled"' | wc -l)" -lt \
	    "$(sed -n 4p said | grep -o '"\.id"' | wc -l)" ]
	run ! grep -E '": *(-?[0-9]|true|false)' <(tail -n 3 said)
}

@test "R102: the double's console says what a router's says, and exits with 0" {
	while IFS='|' read -r command want; do
		got=$(console "$command") || {
			echo "status $? of: $command"
			false
		}
		case $got in
		$want) ;;
		*)
			printf 'said to %s: "%s", not "%s"\n' "$command" "$got" "$want"
			false
			;;
		esac
	done <<-'END'
	/queue tree set [find name="WAN-Download"] max-limit=20M|
	:put [/queue tree get [find name="WAN-Download"] max-limit]|20000000
	/queue tree set [find name="none"] max-limit=1|
	/queue tree set [find name="WAN-Download"] max-limit=abc|*invalid*
	/queue tree set [find name="WAN-Download"] max-limt=1|bad parameter max-limt (line 1 column 44)
	/queue tre set|bad command name tre (line 1 column 8)
	/queue tree set [find name="x] max-limit=1|syntax error (line 1 column *)
	/queue tree set *FFFF max-limit=1|no such item (4)
	:put [/queue tree get [find name="none"] max-limit]|no such item
	:put [/queue tree get [find] max-limit]|invalid internal item number
	:put [:len [/queue tree find name="WAN-Download"]]|1
	:put [/ip/firewall/mangle get [find comment="second"] disabled]|true
	/ip firewall mangle enable [find comment="second"]|
	:put [/ip firewall mangle get [find comment="second"] disabled]|false
	:put "a"; /queue tre set; :put "b"|bad command name tre (line 1 column 18)
	:put "a"; :error "b"; :put "c"|a?b*
	END
	# For people: with a unit, and broken at 80 columns.
	console '/queue tree print detail where name="WAN-Download"' >said
	grep -q 'max-limit=20M' said
	[ "$(wc -l <said)" -gt 1 ]
	[ "$(awk '{ if (length > n) n = length } END { print n }' said)" -le 80 ]
	ssh -F none -O exit -o ControlPath="$PWD/mux" wanctl@127.0.0.1 2>/dev/null || :
}

@test "R102: what is asked of a router, to the letter" {
	ask rest 'set what=shaper up_bps=20000000' 'set what=rule on=0'
	ros log event=request transport=rest >log
	cat log
	grep -q '"method": "PATCH", "path": "/rest/queue/tree/\*[0-9A-F]*", "body": "{\\"max-limit\\":\\"20000000\\"}"' log
	grep -q '"method": "PATCH", "path": "/rest/ip/firewall/mangle/\*[0-9A-F]*", "body": "{\\"disabled\\":\\"true\\"}"' log
	# Both queues by one request, with no filter to trust in.
	[ "$(grep -c '"GET", "path": "/rest/queue/tree?.proplist=.id,name,' log)" -eq 1 ]
	run ! grep '%2A' log
	ask ssh 'set what=shaper down_bps=500000000 up_bps=20000000'
	# One command for both: done, and read back.
	[ "$(ros log event=request transport=ssh | grep -c 'max-limit=')" -eq 1 ]
	[ "$(ros log event=request transport=ssh | grep -c print)" -eq 0 ]
}

@test "the double: a connection that is dropped reads nothing of the next one" {
	timeout 60 python3 - "$rest_port" "$keys/ca.pem" "$ROS/control" <<-'END'
	import json, socket, ssl, sys, time
	port, ca, control = sys.argv[1:]
	def ask(**words):
	    with socket.socket(socket.AF_UNIX) as s:
	        s.connect(control)
	        s.sendall(json.dumps(words).encode() + b"\n")
	        return s.makefile().readline()
	context = ssl.create_default_context(cafile=ca)
	for n in range(5):
	    c = context.wrap_socket(socket.create_connection(("127.0.0.1", int(port))),
	                            server_hostname="127.0.0.1")
	    # Until it waits for the request.
	    time.sleep(0.1)
	    assert ask(op="drop") != ""
	    # The next connections, of which one may have its number.
	    others = [socket.socket(socket.AF_UNIX) for _ in range(8)]
	    for s in others:
	        s.connect(control)
	    try:
	        c.sendall(b"GET / HTTP/1.1\r\n\r\n")
	    except OSError:
	        pass
	    time.sleep(0.1)
	    for s in others:
	        s.settimeout(20)
	        s.sendall(b'{"op": "count"}\n')
	        assert s.makefile().readline() != "", "no answer"
	        s.close()
	END
}
