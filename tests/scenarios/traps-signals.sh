# Signals: traps, ignoring, delivery during wait, exit statuses, inheritance.
trap 'echo caught TERM' TERM; kill -TERM $$; echo after
trap 'echo caught USR1' USR1; (kill -USR1 $$); sleep 0.1; echo 'from a child'
trap '' HUP; kill -HUP $$; echo 'HUP ignored'; sh -c 'kill -HUP $$; echo "ignored in a child, too"'
trap - HUP; sh -c 'kill -HUP $$; echo never'; echo "status $?"
sh -c 'trap "echo bye" EXIT; echo working'; sh -c 'trap "echo bye; exit 9" EXIT; exit 2'; echo "status $?"
sh -c 'trap "echo interrupted; exit 7" INT; kill -INT $$; sleep 1'; echo "status $?"
for s in TERM KILL INT QUIT ABRT SEGV PIPE ALRM; do sh -c "kill -$s \$\$" 2>/dev/null; echo "$s $?"; done 2>/dev/null
trap 'echo usr1 in wait' USR1; (sleep 0.1; kill -USR1 $$) & sleep 20 & p=$!; wait $p; echo "wait ended with $(($? > 128))"; kill $p; wait
kill -0 $$ && echo alive; sleep 0.01 & p=$!; wait $p; kill -0 $p 2>/dev/null || echo gone
sh -c 'kill -STOP $$; echo continued' & p=$!; until grep -q '^State:.T' /proc/$p/status; do sleep 0.05; done; kill -CONT $p; wait $p
(trap 'echo term in a subshell; exit 1' TERM; : >ready; while :; do sleep 0.05; done) & p=$!; until [ -e ready ]; do sleep 0.05; done; kill $p; wait $p; echo "status $?"
n=0; trap 'n=$((n + 1))' USR2; i=0; while [ $i -lt 20 ]; do kill -USR2 $$; i=$((i + 1)); done; echo "counted $n"
timeout 0.2 sleep 5; echo "timeout $?"; timeout -s KILL 0.2 sleep 5; echo "timeout hard $?"; timeout 5 true; echo "in time $?"
kill -l 9; kill -l TERM
kill -TERM 99999999 2>/dev/null; echo "no such process $?"
trap
