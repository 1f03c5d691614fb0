# Read by the others: runs a command while something happens beside it, again and again.

# while_happens SECONDS EVENT COMMAND...: calls EVENT with one of $services, chosen at random, every so many seconds until
# COMMAND has ended; returns its status. How often goes to the system's log.
while_happens() {
	pause=$1
	event=$2
	shift 2
	(
		set -- $services
		random=1
		times=0
		until [ -e /run/shaken ]; do
			random=$(((random * 1103515245 + 12345) % 2147483648))
			eval "service=\${$((random / 65536 % $# + 1))}"
			$event "$service"
			times=$((times + 1))
			sleep $pause
		done
		echo "$event: $times times"
	) >/dev/kmsg 2>&1 &  # a scenario may kill its sleep, and the shell would say so
	"$@"
	status=$?
	mkdir -p /run && touch /run/shaken
	wait
	return $status
}
