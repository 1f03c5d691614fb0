# What programs ask for without a shell: signals, processes, threads and futexes, memory and time.
for part in signals processes threads memory; do echo "== $part"; /tests/calls_$part || echo "status $?"; done
