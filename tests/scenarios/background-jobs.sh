# Background jobs: wait for one, for all, their statuses, their order.
(sleep 0.2; echo slow) & (echo quick) & wait; echo 'both done'
(exit 3) & wait $!; echo "status $?"
(exit 4) & first=$!; (exit 5) & second=$!; wait $second; echo "second $?"; wait $first; echo "first $?"
for i in 1 2 3 4 5 6 7 8; do (sleep 0.0$i; exit $i) & pids="$pids $!"; done
for p in $pids; do wait $p; printf '%s ' $?; done; echo
sleep 100 & kill $!; wait $!; echo "killed $?"
sleep 100 & kill -9 $!; wait $!; echo "killed hard $?"
wait 99999999 2>/dev/null; echo "no such child $?"
x=$(sleep 0.1 & echo immediate); echo $x
i=0; while [ $i -lt 50 ]; do (echo $i >job.$i) & i=$((i + 1)); done; wait; ls job.* | wc -l; cat job.* | sort -n | md5sum
(seq 1 3000 >a) & (seq 3001 6000 >b) & (seq 6001 9000 >c) & wait; cat a b c | md5sum
sh -c 'sleep 0.1; echo grandchild' & wait; echo end
nohup sh -c 'echo survives' 2>/dev/null & wait
