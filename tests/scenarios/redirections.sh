# Redirections: descriptors copied, closed, swapped, shared offsets, append, noclobber.
echo one >f; echo two >>f; cat f; cat <f >g; cmp f g && echo same
{ echo out; echo err >&2; } >both 2>&1; cat both
{ echo out; echo err >&2; } 2>err >out; cat err out
{ echo swapped >&2; echo normal; } 3>&1 1>&2 2>&3 3>&- 2>/dev/null | cat
exec 5>fd5; echo five >&5; exec 5>&-; cat fd5; echo x >&5; echo "closed: $?"
exec 6<f; read a <&6; read b <&6; echo "$b after $a"; exec 6<&-
(exec 7<>rw; echo first >&7; echo second >&7; cat <&7); cat rw
exec 8>shared; (echo child >&8); echo parent >&8; exec 8>&-; cat shared
set -C; echo x >f; echo "noclobber $?"; echo forced >|f; cat f; set +C
: >app; (for i in 1 2 3 4; do (for j in 1 2 3 4 5; do echo $i >>app; done) & done; wait); sort app | uniq -c | awk '{ print $1, $2 }'
cat nowhere 2>/dev/null || echo missing; cat <nowhere; echo "status $?"; echo x >/; echo "status $?"; echo x >/nowhere/file; echo "status $?"
cat </dev/null | wc -c; echo gone >/dev/null; head -c 5 /dev/zero | od -An -tx1; echo full >/dev/full; echo "full $?"
read line <<END
from a document
END
echo "$line"
f() { echo function; echo problem >&2; }; f 2>/dev/null; f >/dev/null 2>seen; cat seen
for i in 1 2 3; do echo $i; done >loop; wc -l <loop; while read i; do echo "<$i>"; done <loop
echo a b c | { read x y; echo "$y"; }
sh -c 'echo inherits >&9' 9>nine; cat nine
i=10; while [ $i -lt 60 ]; do eval "exec $i>many.$i" 2>/dev/null || break; i=$((i + 1)); done; ls | grep -c many
truncate -s 3 loop; od -c loop; echo longer text >loop; printf ab | dd of=loop conv=notrunc 2>/dev/null; cat loop
