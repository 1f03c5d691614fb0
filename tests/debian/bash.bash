# The language
declare -A ages=([ann]=31 [bob]=47 ["c d"]=5)
for name in $(printf '%s\n' "${!ages[@]}" | tr ' ' _ | sort); do echo "$name ${ages[${name//_/ }]}"; done
list=(one "two three" four)
list+=(five); unset 'list[2]'
echo "${#list[@]} ${list[@]:1:2} ${!list[@]} ${list[-1]}"
text="The quick brown fox"
echo "${text^^} ${text,,} ${text#* } ${text##* } ${text%% *} ${text/quick/slow} ${text:4:5} ${#text}"
echo "${text@Q} ${undefined:-default} ${text:+there}"
[[ $text =~ (q[a-z]+).*(f.x) ]] && echo "${BASH_REMATCH[1]} ${BASH_REMATCH[2]}"
[[ abc == a*c && ! abc == *d ]] && echo pattern
shopt -s extglob nullglob
touch a1 a2 b1 'odd name' .hidden
echo @(a|b)1 !(a*) nothing* .h*
printf '%5d|%-6s|%x|%q\n' 42 ab 255 'a b$c'
printf -v joined '%s,' 1 2 3; echo "${joined%,}"
echo {1..5} {a..e..2} pre{x,y}post
for ((i = 0, j = 10; i < j; i += 3, j--)); do echo -n "$i:$j "; done; echo
echo $((2**40 + 0x1f)) $((7 / 2)) $((-7 % 3)) $((1 << 5 | 3)) $((5 > 3 ? 1 : 0))
case word in w*) echo first ;;& *d) echo second ;; *) echo never ;; esac
function fails { return 3; }
fails || echo "status $?"
recursive() { local n=$1; ((n <= 1)) && { echo 1; return; }; echo $((n * $(recursive $((n - 1))))); }
recursive 10
mapfile -t lines < <(seq 5); echo "${lines[@]}" "${#lines[@]}"
read -r first rest <<<"alpha beta gamma"; echo "$first/$rest"
IFS=: read -ra parts <<<"a:b::d"; echo "${#parts[@]} ${parts[3]}"
while IFS= read -r -d '' file; do echo "found ${file#./}"; done < <(find . -name '[ab]*' -print0 | sort -z)
exec 5>five; echo kept >&5; exec 5>&-; cat five
exec {fd}<five; read -r line <&"$fd"; echo "$line from a descriptor above 9: $((fd >= 10))"; exec {fd}<&-
diff <(printf '1\n2\n3\n') <(printf '1\nx\n3\n')
echo "pipe status: $(true | false | (exit 7); echo "${PIPESTATUS[@]}")"
set -o pipefail; false | true; echo "pipefail $?"; set +o pipefail
(set -e; false; echo not reached); echo "errexit $?"
(set -u; echo "$nothing_here") 2>/dev/null; echo "nounset $?"
coproc doubler { while read -r n; do echo $((n * 2)); done; }
for n in 4 21; do echo "$n" >&"${doubler[1]}"; read -r twice <&"${doubler[0]}"; echo "doubled $twice"; done
eval "exec ${doubler[1]}>&-"; wait "$doubler_PID"; echo "coprocess $?"
cat <<-END
	indented $((1 + 1))
	END
select_test() { PS3='? '; select word in red green; do echo "chose $word"; break; done <<<2 2>/dev/null; }
select_test
getopts_test() { local OPTIND o; while getopts 'ab:' o; do echo "option $o ${OPTARG-}"; done; shift $((OPTIND - 1)); echo "left $*"; }
getopts_test -a -b value rest

# Traps and signals
trap 'echo "exit trap $?"' EXIT
trap 'echo usr1' USR1; kill -USR1 $$; trap - USR1
trap 'echo "error trap"' ERR; false; trap - ERR
trap 'echo "debug"' DEBUG; :; trap - DEBUG
(trap 'echo term in subshell; exit 5' TERM; kill -TERM $BASHPID; sleep 5); echo "subshell $?"
sleep 30 & sleep 0.2; kill $!; wait $! 2>/dev/null; echo "killed: $?"
{ (kill -SEGV $BASHPID); } 2>/dev/null; echo "segment: $?"
timeout 0.2 sleep 10; echo "timeout: $?"
bash -c 'trap "" HUP; kill -HUP $$; echo survived'
bash -c 'kill -STOP $$; echo resumed' & pid=$!
until [[ $(ps -o stat= -p $pid) == T* ]]; do sleep 0.05; done
kill -CONT $pid; wait $pid; echo "stopped and continued: $?"

# Background work
for i in 1 2 3 4 5; do (sleep 0.0$i; exit $i) & pids[i]=$!; done
for i in 5 3 1 2 4; do wait "${pids[i]}"; echo "job $i: $?"; done
(exit 9) & wait -n; echo "wait -n: $?"
(sleep 0.3; exit 4) & slow=$!; (exit 2) & quick=$!
wait -n -p who; echo "first $? $((who == quick))"; wait $slow; echo "then $?"
wait 999999 2>/dev/null; echo "no such child: $?"

# Job control
set -m
sleep 20 & echo "jobs: $(jobs -r | wc -l) $(jobs %1 | sed 's/.*sleep/sleep/')"
[[ $(ps -o pgid= -p $!) -eq $! ]] && echo "a group of its own"
kill -STOP %1; until [[ $(jobs -s) ]]; do sleep 0.05; done; jobs | sed 's/  */ /g'
kill -CONT %1; until [[ $(jobs -r) ]]; do sleep 0.05; done
bg %1 2>/dev/null; kill -TERM %1; wait %1 2>/dev/null; echo "job ended: $?"
(sleep 0.1; exit 6) & fg %+ >/dev/null 2>&1; echo "foreground: $?"
{ sleep 10 | sleep 10 & jobs -p | wc -l; kill -KILL -- -$(jobs -p | head -n 1); wait; sleep 0.2; jobs; } 2>/dev/null; echo "pipeline killed"
set +m

# Many processes, long lines, big expansions
total=0; for i in {1..40}; do ((total += $(echo "$i"))); done; echo "$total"
long=$(printf 'x%.0s' {1..20000}); echo "${#long}" "$(echo "$long" | wc -c)" "$(/bin/echo "$long" | md5sum)"
seq 3000 | while read -r n; do ((n % 1000)) || echo "at $n"; done
seq 1 50 | xargs -P 4 -n 5 bash -c 'echo $(($(IFS=+; echo "$*")))' _ | sort -n | tr '\n' ' '; echo
mkfifo pipe; (for i in 1 2 3; do echo "line $i"; done >pipe) & cat pipe; wait
exec 7<>pipe; echo through >&7; read -r -t 1 got <&7; echo "$got"; read -r -t 0.1 got <&7; echo "time out: $(($? > 128))"
ulimit -n 64; ulimit -n; (ulimit -f 1; head -c 5000 /dev/zero >limited) 2>/dev/null; stat -c %s limited
umask 027; touch masked; stat -c %a masked; umask -S
cd /tmp && pushd /usr >/dev/null && dirs && popd >/dev/null && echo "$PWD $OLDPWD"
hash -r; type -t ls cd if fails; command -v bash
echo "${BASH_VERSINFO[0]} $SHLVL ${#RANDOM}" | sed 's/ [0-9]$//'
