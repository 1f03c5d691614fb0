# Processes: ps and kill, groups and sessions, orphans, zombies, exec keeping the id.
until_true() { i=0; until eval "$1" || [ $i -eq 100 ]; do sleep 0.1; i=$((i + 1)); done; }
state() { cut -d' ' -f3 /proc/$p/stat; }
sleep 100 & p=$!; until_true 'ps -o pid,args | grep -q "^ *$p sleep 100"' && echo listed; kill $p; wait $p 2>/dev/null; ps -o pid | grep -q "^ *$p\$" || echo 'listed no more'
sh -c 'echo $PPID' | grep -q "^$$\$" && echo 'the parent is known'; a=$(sh -c 'echo $$; exec sh -c "echo \$\$"' | uniq | wc -l); echo "ids over an exec: $a"
setsid sh -c 'sleep 100 & sleep 100 & echo $$ >group; wait' & until_true '[ -s group ]'; g=$(cat group); kill -TERM -$g; wait; until_true '! kill -0 -$g 2>/dev/null' && echo 'the whole group ended'
sleep 100 & p=$!; kill -STOP $p; until_true '[ $(state) = T ]'; state; kill -CONT $p; until_true '[ $(state) = S ]'; state; kill $p; wait $p 2>/dev/null; echo "stopped, went on, ended $?"
(sh -c 'sleep 0.2; [ $(cut -d" " -f4 /proc/$$/stat) != '$$' ] && echo "adopted" >orphan' &); until_true '[ -s orphan ]'; cat orphan
sh -c 'sleep 0.05 & exec sleep 5' & p=$!; until_true 'ps -o ppid,stat | grep -q "^ *$p  *Z"' && echo 'a zombie'; wait
setsid sh -c '[ $(cut -d" " -f6 /proc/$$/stat) = $$ ] && echo "a session of its own"'; pidof nowhere; echo $?
cp /bin/busybox sleeper 2>/dev/null && ln -s sleeper sleep; ./sleep 100 & p=$!; sleep 0.2; { killall -q sleep; wait $p; } 2>/dev/null; echo "killall $?"
i=0; while [ $i -lt 300 ]; do (exit 0); i=$((i + 1)); done; echo 'many short lives'; i=0; while [ $i -lt 30 ]; do /bin/busybox true; i=$((i + 1)); done; echo 'and programs'
f() { [ $1 -gt 0 ] && (f $(($1 - 1))) || echo 'nested subshells'; }; f 30; ps -o pid | awk 'NR == 2 { print $1 }'; kill -9 0x 2>/dev/null; echo $?
