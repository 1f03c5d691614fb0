#!/bin/sh
# run.sh MOVES: with the load going, moves every service that can move so many times, at moments of chance in the middle of
# what the load does. What hinge says of each move goes to the output.
here=$(dirname "$0")
dir=/tmp/load
. "$here/turn.sh"
"$here/load.sh" $dir &
until [ -e $dir/tree/c/8 ]; do sleep 0.1; done
mkfifo /tmp/silent && exec 9<>/tmp/silent
renice -n -20 -p $$ >/dev/null  # It goes on when its time has come, whoever is inside a service then.
random=1
i=0
while [ $i -lt "$1" ]; do
	for service in $services; do
		random=$(((random * 1103515245 + 12345) % 2147483648))
		read -r -t 0.00$((random / 65536 % 9 + 1)) nothing <&9
		turn $service
	done
	i=$((i + 1))
done
exec 9>&-
hinge ls
touch $dir/stop
wait
