# Descriptors to wait on, and System V IPC, without a shell: see tests/programs.
for part in events ipc; do echo "== $part"; /tests/calls_$part || echo "status $?"; done
