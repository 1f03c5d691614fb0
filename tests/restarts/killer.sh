#!/bin/sh
# killer.sh COMMAND...: runs it while every 300 ms a service that restarts, chosen at random, is killed. Tells at the end how
# often, on the system's log.
services=
for s in /sys/hinge/service/*; do
	read -r can <$s/restartable
	[ "$can" = 1 ] && services="$services ${s##*/}"
done
(
	set -- $services
	random=1
	kills=0
	until [ -e /run/shaken ]; do
		random=$(((random * 1103515245 + 12345) % 2147483648))
		eval "service=\${$((random / 65536 % $# + 1))}"
		echo kill >/sys/hinge/service/$service/end
		kills=$((kills + 1))
		sleep 0.3
	done
	echo "$kills kills"
) >/dev/kmsg 2>&1 &  # a scenario may kill its sleep, and the shell would say so
"$@"
status=$?
mkdir -p /run && touch /run/shaken
wait
exit $status
