#!/bin/sh
# killer.sh COMMAND...: runs it while every 300 ms a service that restarts, chosen at random, is killed. Tells at the end how
# often, on the system's log.
. "$(dirname "$0")/restartable.sh"
. "$(dirname "$0")/../moves/beside.sh"

end() { # SERVICE
	echo kill >/sys/hinge/service/$1/end
}
while_happens 0.3 end "$@"
