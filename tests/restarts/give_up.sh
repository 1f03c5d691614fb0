#!/bin/sh
# give_up.sh: faults in tmpfs, one after the other, until it is given up. The shell lives, without files: builtins only.
mkdir -p /tmp/there
n=0
while [ $n -lt 12 ]; do
	echo "tmpfs null-write" >/sys/hinge/fault
	n=$((n + 1))
done 2>/dev/null
read -r state </sys/hinge/service/tmpfs/state
read -r restarts </sys/hinge/service/tmpfs/restarts
echo "tmpfs is $state after $restarts restarts"
cd /tmp/there || echo "no way into /tmp/there"
echo new >/tmp/new || echo "no new file"
echo "the shell lives"
