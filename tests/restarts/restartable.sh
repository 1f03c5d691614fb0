# Read by the others: which services come back when they die.
services=
for s in /sys/hinge/service/*; do
	read -r can <$s/restartable
	[ "$can" = 1 ] && services="$services ${s##*/}"
done
