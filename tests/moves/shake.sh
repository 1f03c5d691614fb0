#!/bin/sh
# shake.sh COMMAND...: runs it while a service, chosen at random, moves every 200 ms. Tells at the end how often, on the
# system's log.
here=$(dirname "$0")
. "$here/turn.sh"
(
	set -- $services
	random=1
	moves=0
	until [ -e /run/shaken ]; do
		random=$(((random * 1103515245 + 12345) % 2147483648))
		eval "service=\${$((random / 65536 % $# + 1))}"
		turn "$service"
		moves=$((moves + 1))
		sleep 0.2
	done
	echo "$moves moves"
) >/dev/kmsg 2>&1 &  # a scenario may kill its sleep, and the shell would say so
"$@"
status=$?
mkdir -p /run && touch /run/shaken
wait
exit $status
