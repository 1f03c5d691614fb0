#!/bin/sh
# run.sh MOVES: with the load going, moves every service that can move so many times. What hinge says of each move goes to
# the output.
here=$(dirname "$0")
dir=/tmp/load
. "$here/turn.sh"
"$here/load.sh" $dir &
until [ -e $dir/tree/c/8 ]; do sleep 0.1; done
i=0
while [ $i -lt "$1" ]; do
	for service in $services; do
		turn $service
	done
	i=$((i + 1))
done
hinge ls
touch $dir/stop
wait
