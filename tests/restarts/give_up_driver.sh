#!/bin/sh
# give_up_driver.sh: faults in virtio_blk, one after the other, until it is given up; reading its disk is an error then.
n=0
while [ $n -lt 12 ]; do
	echo "virtio_blk null-write" >/sys/hinge/fault
	n=$((n + 1))
done 2>/dev/null
dd if=/dev/vda of=/dev/null bs=4096 count=1 skip=100 2>&1
hinge ls -v | sed -n '/^virtio_blk/,/^  limits/p'
echo ready
sleep 60
