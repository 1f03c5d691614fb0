# A fork bomb of an ordinary user hits its quota; the system stays usable, and all of it can be killed.
bombers() { cat /proc/[0-9]*/status 2>/dev/null | awk '$1 == "Uid:" && $2 == 1000 { n++ } END { print n + 0 }'; }
user() { su user -c "$1"; }
# Counted: 60 sleepers asked for, 30 processes allowed, the shell included.
user '/tests/limit 30 sh -c "for i in \$(seq 60); do sleep 100 & done; wait"' 2>err &
sleep 1.5; n=$(bombers); [ $n -le 30 ] && [ $n -gt 20 ] && echo "within the quota"
grep -q -i fork err && echo "the user was told"
user 'kill -9 -1'; wait; echo "left over: $(bombers)"
# Wild.
user '/tests/limit 40 sh -c "b() { b | b & }; b"' >/dev/null 2>&1 &
sleep 1.5; n=$(bombers); [ $n -le 40 ] && echo "the bomb is held"
echo "the system is usable: $(seq 1 100 | wc -l)"; (echo "root can fork")
i=0; while [ $i -lt 20 ] && { user 'kill -9 -1' 2>/dev/null; sleep 0.1; [ $(bombers) -gt 0 ]; }; do i=$((i + 1)); done
wait; echo "left over: $(bombers)"
user 'echo "the user can work again"; (echo "and fork")'
