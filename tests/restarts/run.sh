#!/bin/sh
# run.sh COUNT SEED [SERVICE]: with the load of tests/moves going, ends every service that restarts, or that one, so many times
# in all: most by kill, some by a fault of its own, but never so many that it would be given up. One line each: service, how,
# ticks until it admitted callers, ticks until one had his answer, 0 if nobody asked it a moment later. What the services
# hold is printed after the first end of each, and at the end.
here=$(dirname "$0")
dir=/tmp/load
. "$here/restartable.sh"
count=$1
random=$2
set -- ${3:-$services}
mkfifo /tmp/silent && exec 9<>/tmp/silent
pause() { # SECONDS, without a program
	read -r -t $1 nothing <&9
}

draw() { # N: a number below it, in $drawn
	random=$(((random * 1103515245 + 12345) % 2147483648))
	drawn=$((random / 65536 % $1))
}
end() { # SERVICE HOW
	read -r before </sys/hinge/service/$1/restarts
	case $2 in
	kill) echo kill >/sys/hinge/service/$1/end ;;
	*) echo "$1 $2" >/sys/hinge/fault ;;  # "KIND AFTER": in the middle of something; the load runs into it
	esac
	looks=0
	while read -r after </sys/hinge/service/$1/restarts && [ "$after" -le "$before" ]; do
		looks=$((looks + 1))
		[ $looks -gt 220 ] && echo "wrong: $1 is not back after $2" && return
		[ $looks -lt 100 ] && pause 0.002 || pause 0.05
	done
}
tell() { # SERVICE HOW
	read -r ticks </sys/hinge/service/$1/restart_ticks
	read -r answer </sys/hinge/service/$1/answer_ticks
	echo "restarted $1 ${2%% *} $ticks $answer"
}
later() { # SERVICE: how many fault points later; the console may have nothing to do, so that none would come
	[ $1 = console ] || echo " $((random % 40))"
}
choose() { # SERVICE: how it ends, in $how
	draw 24
	case $drawn in
	0) how="null-write$(later $1)" ;;
	1) how=illegal ;;
	2) how="garbage-reply$(later $1)" ;;
	*) how=kill ;;
	esac
	[ "$how" = kill ] || read -r recent </sys/hinge/service/$1/recent_deaths
	[ "$how" = kill ] || [ "$recent" -lt 3 ] || how=kill
}
holds() { # WHEN
	for s in "$@"; do
		[ $s = "$1" ] && continue
		read -r capabilities </sys/hinge/service/$s/capabilities
		read -r memory </sys/hinge/service/$s/memory
		read -r activations </sys/hinge/service/$s/activations
		echo "holds $1 $s $capabilities $activations $memory"
	done
	echo "free $1 $(awk '/^MemFree/ { print $2 }' /proc/meminfo)"
}

for s in "$@"; do end $s kill; tell $s kill; done
holds before "$@"
"$here/../moves/load.sh" $dir &
until [ -e $dir/tree/c/8 ]; do sleep 0.1; done
n=0
while [ $n -lt $count ]; do
	draw $#
	eval "service=\${$((drawn + 1))}"
	choose $service
	end $service "$how"
	draw 9
	pause 0.00$((drawn + 1))
	tell $service "$how"
	n=$((n + 1))
done
exec 9>&-
touch $dir/stop
wait
rm -rf $dir
for s in "$@"; do end $s kill; tell $s kill; done
sleep 0.5
holds after "$@"
