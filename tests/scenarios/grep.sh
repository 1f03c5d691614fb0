# grep: patterns, options, statuses, recursion.
cat >text <<END
The quick brown fox
jumps over the lazy dog
THE END
foo123bar
a.b.c
tab	here

last line
END
grep the text; grep -i the text; grep -c the text; grep -n o text
grep -v o text
grep -E '^(T|j)' text; grep -E '[0-9]{3}' text; grep -o '[0-9]*' text
grep -F 'a.b' text; grep -w over text; grep -x 'THE END' text
grep -A1 -B1 lazy text
grep -q fox text; echo "found $?"; grep -q cat text; echo "missing $?"
grep x /nowhere 2>&1; echo "error $?"
grep -s x /nowhere; echo "quiet error $?"
mkdir -p d/e; cp text d/1; echo nothing >d/e/2; echo 'a fox' >d/e/3
grep -rl fox d | sort; grep -rc fox d | sort; grep -L fox d/1 d/e/2
printf 'fox\nlazy\n' >patterns; grep -f patterns text
seq 1 30000 | grep -c '9.*9'
grep -m 2 o text; grep -h fox text d/1; grep -H fox d/1
printf 'b\0c\n' | grep -c b
