# Small tools chained: xargs, seq, tr, cut, paste, uniq, comm, join, fold, expand, nl, rev, wc, head, tail.
seq 3; seq 2 2 8 | xargs; seq 5 -1 1 | tr '\n' ,; echo; seq -w 8 11 | xargs; seq 0 0.5 2 | xargs
seq 1 10 | xargs -n 3; seq 1 3 | xargs -I{} echo 'item {}'; echo 'a b' | xargs -n 1 sh -c 'echo "$0!"'; printf 'x y\0z' | xargs -0 -n 1
echo | xargs echo empty; echo | xargs -r echo never; seq 1 5000 | xargs echo | wc -w; false | xargs false; echo "xargs $?"
echo 'Hello World' | tr a-z A-Z; echo hello | tr -d l; echo 'aabbcc' | tr -s a-c; echo abc123 | tr -cd 0-9; echo; echo abc | tr abc '[x*]'
echo a:b:c:d | cut -d: -f2,4; echo a:b:c:d | cut -d: -f2-; echo abcdef | cut -c2-4; printf 'x\ty\n' | cut -f2; echo nodelim | cut -d: -f2 -s
seq 1 3 >l; seq 4 6 >r; paste l r; paste -d, -s l; printf 'a\na\nb\na\n' | uniq; printf 'a\na\nb\n' | uniq -c | awk '{ print $1 $2 }'; printf 'a\na\nb\n' | uniq -d
echo 'a long line of words' | fold -w 7; printf 'a\tb\n' | expand -t 4
nl l; echo abc | rev; printf 'one two\nthree\n' | wc; printf 'no newline' | wc -l; seq 1 20 | head -n 2; seq 1 20 | tail -n 2; seq 1 20 | tail -n +19; printf abcdef | tail -c 3; echo
seq 1 20 | head -n -18; expr 3 + 4 \* 2; expr length hello; expr abc : 'a\(.*\)'; expr 1 = 2; echo $?; factor 360; basename a/b; yes no | head -n 2
date -u -d @0 '+%Y-%m-%d %H:%M:%S'; date -u -d '2024-02-29 12:00' +%s; date -u -d @1700000000 +%A; cal 2 2024 | head -n 3
echo 'encode me' | base64; echo 'encode me' | base64 | base64 -d; echo 'x' | uuencode name | head -n 1; printf 'a' | sha512sum | cut -c1-16; strings -n 4 /bin/busybox | grep -c '^BusyBox v'
env -i A=1 env; env -i B=2 sh -c 'echo $B'; which sh >/dev/null && echo sh; id -u; echo $((2 ** 10)); bc -v >/dev/null 2>&1; echo '2 3 + p' | dc
