# The shell's own language: arithmetic, loops, functions, parameters, case, quoting, globs.
echo $((1 + 2 * 3)) $((7 / 2)) $((-7 % 3)) $((1 << 10)) $((0x1f)) $((010)) $((5 > 3 && 2 < 1)) $((3 > 2 ? 10 : 20))
x=5; echo $((x++)) $x $((++x)) $((x += 10)) $x $((~0)) $((9223372036854775807 + 1))
for i in a b 'c d'; do printf '[%s]' "$i"; done; echo; for i; do echo none; done
i=0; while :; do i=$((i + 1)); [ $i = 3 ] && continue; [ $i -gt 5 ] && break; printf '%s ' $i; done; echo; until [ $i = 0 ]; do i=$((i - 1)); done; echo $i
fact() { [ $1 -le 1 ] && echo 1 || echo $(($1 * $(fact $(($1 - 1))))); }; fact 15
f() { local v=inner; echo "$v $# $1 $@"; return 7; }; v=outer; f a 'b c'; echo "$? $v"
set -- one 'two three' four; echo $#; for a in "$@"; do echo "<$a>"; done; for a in $*; do printf '%s|' "$a"; done; echo; shift 2; echo "$1 $*"
s=/path/to/file.tar.gz; echo ${s##*/} ${s%.*} ${s%%.*} ${s#*/} ${#s} ${s:6:2} ${s/path/way} ${nope:-default} ${nope:=set} $nope ${s:+yes}
(echo ${unset?message}) 2>&1 | sed 's/^.*unset/unset/'
case file.txt in *.jpg) echo picture ;; *.txt | *.md) echo text ;; esac; case x in [a-m]) echo low ;; [!a-m]) echo high ;; esac
echo 'single $x' "double $x" back\\slash "a\"b" 'it'\''s' $(echo "nested $(echo deep)") `echo old`
: >a1; : >a2; : >b1; echo a* [ab]1 ?2 *z; echo "a*"
IFS=:; p=a:b::c; for w in $p; do printf '<%s>' "$w"; done; echo; unset IFS
if [ -f a1 ] && [ ! -d a1 ]; then echo plain; elif false; then :; else echo other; fi; [ abc \< abd ]; echo $?; [ 10 -gt 9 -a x = x ]; echo $?
test -z ''; echo $?; [ ]; echo $?; [ 1 -eq x ] 2>/dev/null; echo $?; [ a1 -ef ./a1 ]; echo $?
eval 'echo $((2' '+ 2))'; y='echo indirect'; $y; printf '%d %5.1f %s %x %o %c\n' 42 3.14159 str 255 8 char; printf '%b\n' 'a\tb'
alias_test() { command echo command; type cd | head -n 1; }; alias_test; unset -f alias_test; alias_test 2>/dev/null; echo $?
(cd /; x=changed); echo $x; { x=grouped; }; echo $x; export E=1; sh -c 'echo $E'; E=2 sh -c 'echo $E'; echo $E
getopts ab: o -a -b val; echo $o; getopts ab: o -a -b val; echo $o $OPTARG
read -r a b <<END
first  second third\n
END
echo "$a|$b"; echo $(seq 1 5); echo "$(printf 'x\n\n\n')end"
trap 'echo line' 0; . /dev/null; ( trap 'echo sub' 0; exit 0 )
