# Limits: descriptors, file size, memory, processor time; what is lowered stays lowered.
sh -c 'ulimit -n 20; ulimit -n; i=3; while [ $i -lt 30 ]; do eval "exec $i</dev/null" 2>/dev/null || break; i=$((i + 1)); done' ; echo "ended $?"
sh -c 'ulimit -n 12; (exec 3<. 4<. 5<. 6<. 7<. 8<. 9<.; cat </dev/null && echo "still works")' 2>&1 | head -n 2
sh -c 'ulimit -f 8; dd if=/dev/zero of=big bs=1k count=100 2>/dev/null'; echo "too large $?"; ls -l big | awk '{ print $5 }'
sh -c 'trap "" XFSZ; ulimit -f 2; printf "%02000d" 0 >small; echo "status $?"' 2>/dev/null; wc -c <small
sh -c 'ulimit -v 20000; dd if=/dev/zero of=/dev/null bs=100M count=1 2>/dev/null'; echo "too much memory $?"
sh -c 'ulimit -t 1; while :; do :; done' 2>/dev/null; echo "processor time $?"
ulimit -S -n 50; ulimit -S -n; ulimit -S -n 60; ulimit -n; sh -c 'ulimit -n'; su user -c 'ulimit -H -n 40; ulimit -H -n 45 2>/dev/null; echo "raised $?"; ulimit -H -n'
ulimit -c; ulimit -s unlimited 2>/dev/null; sh -c 'echo started'; sh -c 'ulimit -s 256; f() { f; }; f' 2>/dev/null; echo "endless recursion $([ $? -ge 128 ] && echo 'ends by a signal')"
