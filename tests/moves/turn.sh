# Read by the others: what can move, and one move of it: from side to side, and where the personality is on the user side
# into its domain as well. The files are read and written by the shell itself, as `hinge move` would: no program is started,
# so that moves follow each other at once, whatever else runs.
services=$(hinge ls | awk 'NR > 1 { print $1 }')

report() { # SERVICE: waits for the end of its move, and says how it went
	outcome=would_block
	while [ $outcome = would_block ]; do
		reason=
		while read -r name value; do
			eval "$name=\$value"
		done </sys/hinge/service/$1/last_move
	done
	read -r at </sys/hinge/service/$1/domain
	if [ -n "$reason" ]; then
		echo "$1 stays in $at: $reason"
	else
		echo "$1 is in $at now: drain $drain_ns ns ($drain_ticks ticks), switch $switch_ns ns ($switch_ticks ticks), $waited requests waited"
	fi
}

turn() { # SERVICE
	read -r home </sys/hinge/service/linux/domain
	read -r at </sys/hinge/service/$1/domain
	case $at in
	kernel) to=$1 ;;
	"$1") { [ "$home" = kernel ] || [ $1 = linux ]; } && to=kernel || to=$home ;;
	*) to=kernel ;;
	esac
	echo $to >/sys/hinge/service/$1/domain || echo "wrong: $1 does not move to $to"
	report $1
}
