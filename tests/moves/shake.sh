#!/bin/sh
# shake.sh COMMAND...: runs it while a service, chosen at random, moves every 200 ms. Tells at the end how often, on the
# system's log.
here=$(dirname "$0")
. "$here/turn.sh"
. "$here/beside.sh"
while_happens 0.2 turn "$@"
