# Coreutils on names with spaces, newlines, bytes that are no UTF-8, dashes first, and on the edges of their options.
mkdir names && cd names
touch 'a b' "$(printf 'new\nline')" "$(printf 'tab\there')" -- '-dash' '*' '?' '[x]' 'quote"' "it's" 'back\slash' '$HOME' "$(printf '\377\376')" ' lead' 'trail ' '~' '#h'
ls | wc -l; ls -1b; ls --quoting-style=shell-escape; ls --quoting-style=c; ls -m
find . -type f -print0 | sort -z | tr '\0\n' '\n?'
for f in ./*; do echo data >"$f"; done; wc -c -- * | tail -n 1
rm -- -dash ./\*; cp -v -- "it's" ../copy; mv -v -- 'a b' '--help'; ls -- --h*
long=$(printf 'n%.0s' $(seq 255)); touch "$long"; ls | grep -c '^n\{255\}$'; touch "${long}n" 2>&1 | sed 's/.*: //'
cd ..; du -a --apparent-size names | wc -l; rm -r names
mkdir -p tree/a/c tree/b/c
seq 100 >tree/a/one; ln tree/a/one tree/b/hard; ln -s ../a/one tree/b/soft; ln -s missing tree/b/dangling; mkfifo tree/b/fifo
cp -a tree copy.tree; diff -r --no-dereference tree/a copy.tree/a && echo same; stat -c '%F %h %N' copy.tree/b/*
[ "$(stat -c %i copy.tree/a/one)" = "$(stat -c %i copy.tree/b/hard)" ] && echo 'hard links kept'
readlink -f tree/b/soft | sed "s,$PWD,,"; realpath --relative-to=tree/a tree/b/hard; readlink -e tree/b/dangling; echo "$?"
chmod u=rwx,g=rx,o= tree/a/one; stat -c %A tree/a/one; chmod -R go-rwx copy.tree; stat -c '%a %n' copy.tree copy.tree/a
touch -d '2001-02-03 04:05:06.789012345' dated; stat -c '%y %Y' dated; touch -r dated other; [ dated -nt other ] || [ other -nt dated ] || echo 'same time'
date -r dated '+%F %T.%N'; date -d '@1000000000' +%FT%T; date -d '2024-02-28 +2 days' +%a
truncate -s 5M sparse; stat -c '%s %b' sparse; cp --sparse=always sparse sparse2; cmp sparse sparse2 && echo 'sparse equal'
printf 'b\na\nc\na\n' | sort -u | paste -sd,; printf '10\n9\n2\n' | sort -n | tr '\n' ' '; printf '1K\n2M\n900\n' | sort -h | tr '\n' ' '; echo
printf 'a 2\nb 1\n' | sort -k2,2n; printf 'x 1\ny 2\n' >l; printf 'x A\ny B\n' >r; join l r; comm -12 l l; uniq -c l
seq 10 | split -l 4 - part.; ls part.*; cat part.* | tac | head -n 3; csplit -sf cut. part.aa 3; ls cut.*
seq 20 | shuf --random-source=/dev/zero | md5sum; seq 5 | nl -ba; echo abcdefghij | fold -w 5
echo 'a,b,c' | cut -d, -f2-; echo hello | tr a-y b-z; echo abc | rev 2>/dev/null || echo cba; printf 'a\tb\n' | expand -t4; seq 3 | pr -t -3 -s,
head -c 100000 /dev/zero | sha256sum; seq 1000 | b2sum | cut -c1-32; seq 1000 | cksum; base64 <<END
some bytes
END
printf '\0\1\2\377' | od -An -tx1; basename /a/b.c .c; dirname /a/b.c; factor 1234567890; expr 6 \* 7; numfmt --to=iec 123456789
dd if=/dev/zero of=blocks bs=512 count=7 conv=fsync 2>&1 | tail -n 1 | sed 's/ copied.*//'; dd if=blocks bs=1 skip=10 count=3 status=none | wc -c
echo text | tee t1 t2 >/dev/null; cat t1 t2; install -D -m 640 t1 deep/er/t1; stat -c '%a %s' deep/er/t1; cp -n t2 deep/er/t1; cp --backup=numbered t2 t1; ls t1*
ln -sf t2 link; ln -sfn tree link; readlink link; rm -f missing; rmdir -p deep/er 2>&1 | sed 's/.*: //'; unlink t2; rm -rf deep
mktemp -u XXXX | wc -c; d=$(mktemp -d ./tmpXXXXXX); stat -c %a "$d"; env -i A=1 /usr/bin/env; nice -n 5 nice; nohup true 2>&1 | wc -l
timeout -s INT 0.2 sleep 5; echo "$?"; stdbuf -oL echo line; tty; id -u; id -gn; who | wc -l; groups; logname 2>&1 | sed 's/.*: //'
test -p tree/b/fifo && test -L link && test ! -e tree/b/dangling && echo tests; tail -n +99 tree/a/one; tail -c 4 tree/a/one
seq 5 >growing; (sleep 0.5; echo grown >>growing; sleep 0.5) & tail -f growing --pid=$! -s 0.1 2>/dev/null; head -n -3 growing
df /proc | tail -n 1 | awk '{print $1, $6}'; stat -f -c '%T' /proc /tmp; pwd -P | sed 's,.*/,,'; arch; uname -s; nproc >/dev/null && echo processors
mv tree moved; ls moved; mv -T moved tree; mv tree/a/one tree/b; mv tree/b/one tree/a 2>&1; touch x y; mv x y tree; ls tree; mv missing x 2>&1 | sed 's/.*: //'
cp -r tree tree/inside 2>&1 | sed 's/:.*//'; echo 'ok' | sponge 2>/dev/null || true; printf '%s\n' a b c | tsort 2>&1 | sed 's/.*: //'
