# Limits as Debian's own shell and programs meet them.
sh -c 'ulimit -n 20; ulimit -n; i=3; while [ $i -lt 30 ]; do eval "exec $i</dev/null" 2>/dev/null || break; i=$((i + 1)); done; echo "at $i"'; echo "ended $?"
sh -c 'ulimit -v 20000; dd if=/dev/zero of=/dev/null bs=100M count=1 2>/dev/null'; echo "too much memory $?"
sh -c 'ulimit -v 40000; python3 -c "x = bytearray(100 << 20)"' 2>&1 | tail -n 1
sh -c 'ulimit -f 8; dd if=/dev/zero of=big bs=1k count=100 2>/dev/null'; echo "too large $?"; stat -c %s big
bash -c 'ulimit -t 1; while :; do :; done' 2>/dev/null; echo "processor time $?"
prlimit --nofile=64:128 sh -c 'ulimit -Sn; ulimit -Hn'; prlimit --pid $$ --nproc -o RESOURCE,SOFT --noheadings | awk '{print $1, ($2 > 100)}'
bash -c 'ulimit -u 30; for i in $(seq 40); do sleep 1 & done; wait; echo survived' 2>/dev/null
