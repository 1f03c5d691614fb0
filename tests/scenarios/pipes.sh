# Pipes: long chains, writers that outrun readers, readers that leave early, many bytes through small buffers.
echo one two three | tr ' ' '\n' | sort -r | tr '\n' ' '; echo
seq 1 1000 | grep 7 | wc -l
seq 1 20000 | tail -n 1
seq 1 100000 | head -n 3
yes | head -n 50000 | md5sum
dd if=/dev/zero bs=1000 count=3000 2>/dev/null | tr '\0' x | wc -c
echo a | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat
(echo first; sleep 0.1; echo second) | while read word; do echo "got $word"; done
{ echo out; echo err >&2; } 2>&1 >/dev/null | sed 's/^/piped: /'
true | false; echo "last of a pipe: $?"
false | true; echo "last of a pipe: $?"
! true; echo "negated: $?"
mkfifo named
(for i in 1 2 3; do echo "line $i"; done >named) &
cat named
wait
i=0; while [ $i -lt 100 ]; do echo $i >named & cat named; wait; i=$((i + 1)); done | tail -n 2
seq 1 5 | tee copy | wc -l
cat copy | xargs
# A reader that has left: the writer dies of SIGPIPE, seen as 128 + 13.
sh -c 'yes; echo never' | head -n 1
(trap '' PIPE; sleep 0.1; echo x 2>/dev/null; echo "write failed: $?" >&2) | true
