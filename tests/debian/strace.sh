# strace on programs that fork, exec, take signals and die; only lines that do not depend on addresses.
strace -o t -e trace=execve,write,exit_group sh -c 'echo hello'; sed 's/0x[0-9a-f]*/ADDRESS/; s/ \/\* [0-9]* vars \*\///' t
strace -f -o t -e trace=execve,exit_group,kill sh -c 'true; /bin/true; /bin/false; kill -TERM $$'; sed 's/^[0-9]* *//; s/0x[0-9a-f]*/ADDRESS/; s/ \/\* [0-9]* vars \*\///; s/[0-9][0-9]*, SIGTERM/PID, SIGTERM/; s/si_pid=[0-9]*/si_pid=PID/; s/, si_utime.*}/}/' t | tr -s ' ' | sort
echo "status $?"; strace -c -o t ls / >/dev/null; grep -c 'execve' t; grep -c 'total$' t
strace -o t -e trace=openat,read -P /etc/passwd cat /etc/passwd >/dev/null; grep -c passwd t; strace -o t -e trace=%file cat /nonexistent 2>/dev/null; grep nonexistent t | grep -v execve
sleep 30 & pid=$!; sleep 0.5; strace -o t -p $pid 2>/dev/null & tracer=$!; until grep -q 'restart\|nanosleep' t; do sleep 0.1; done 2>/dev/null
grep TracerPid /proc/$pid/status | grep -c "$tracer"; kill -INT $tracer; wait $tracer; kill $pid; wait $pid 2>/dev/null; echo "attached: $?"; grep -c 'restart\|nanosleep' t
strace -f -qq -o t -e trace=none -e signal=none python3 -c 'import threading; t = [threading.Thread(target=lambda: None) for _ in range(3)]; [x.start() for x in t]; [x.join() for x in t]; print("threads traced")'; cat t
strace -qq -e trace=none -e inject=getuid:retval=1234 -o t python3 -c 'import os; print(os.getuid())'; strace -qq -o t -e inject=write:error=ENOSPC:when=1 -e trace=write sh -c 'echo lost' 2>&1 | sed 's/.*: //'
strace -k true >/dev/null 2>&1; strace -o t sh -c 'kill -SEGV $$'; echo "$?"; tail -n 1 t; strace -r -tt -T -y -o t true; wc -l <t | awk '{print ($1 > 5)}'
