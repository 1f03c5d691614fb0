# What programs ask for without a shell: signals, processes, threads and futexes, memory and time, settings, other programs traced.
for part in signals processes threads memory settings trace; do echo "== $part"; /tests/calls_$part || echo "status $?"; done
