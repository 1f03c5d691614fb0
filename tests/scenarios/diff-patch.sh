# diff, patch and cmp: differences found, carried over, taken back.
seq 1 20 >a; sed '5d; s/^10$/ten/; 15a\new' a >b; diff a b; diff -u a b | tail -n +3 | head -n 8; echo "differ ${PIPESTATUS:-}"; diff a b >/dev/null; echo $?; diff a a; echo $?; diff a nowhere 2>/dev/null; echo $?
diff -u a b >p; cp a c; patch c <p; cmp b c && echo patched; patch -R c <p; cmp a c && echo 'taken back'; patch -p0 --dry-run c <p >/dev/null; cmp a c && echo 'dry run'
cmp a b; echo $?; printf 'abc' >x; printf 'abd' >y; cmp x y; cmp -s x y; echo $?; cmp -l x y; printf 'ab' >z; cmp x z; echo $?
mkdir d1 d2; echo same >d1/s; echo same >d2/s; echo 1 >d1/f; echo 2 >d2/f; : >d1/only1; : >d2/only2; diff -r d1 d2; diff -rq d1 d2 | sort; diff -rN d1 d2 | tail -n 1
printf 'a\n  b\n' >w1; printf 'a\nb\n' >w2; diff -w w1 w2; echo $?; diff -b w1 w2 >/dev/null; echo $?; printf 'A\n' >i1; printf 'a\n' >i2; diff -i i1 i2; echo $?
printf 'no newline' >n1; printf 'no newline\n' >n2; diff n1 n2; seq 1 3000 >l1; sed 's/00$/xx/' l1 >l2; diff l1 l2 | wc -l; diff l1 l2 | md5sum
printf '1c\none\n.\nw\nq\n' | ed a >/dev/null; head -n 1 a; echo garbage | patch c 2>/dev/null; echo "garbage $([ $? -ne 0 ] && echo refused)"
