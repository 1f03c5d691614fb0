# A fork bomb of an ordinary user hits its quota; the system stays usable, and all of it can be killed.
bombers() { cat /proc/[0-9]*/status 2>/dev/null | awk '$1 == "Uid:" && $2 == 1000 { n++ } END { print n + 0 }'; }
user() { su user -c "$1"; }
# One kill must be enough; how long they take to go is not counted.
until_true() { i=0; until eval "$1" || [ $i -eq 100 ]; do sleep 0.2; i=$((i + 1)); done; }
left_over() { until_true '[ $(bombers) -eq 0 ]'; wait; echo "left over: $(bombers)"; }
# Counted: 60 sleepers asked for, 30 processes allowed, the shell included.
user '/tests/limit 30 sh -c "for i in \$(seq 60); do sleep 100 & done; wait"' 2>err &
until_true 'grep -q -i fork err' && echo "the user was told"
n=$(bombers); [ $n -le 30 ] && [ $n -gt 20 ] && echo "within the quota"
user 'kill -9 -1'; left_over
# Wild.
user '/tests/limit 40 sh -c "b() { b | b & }; b"' >/dev/null 2>&1 &
sleep 1.5; n=$(bombers); [ $n -le 40 ] && echo "the bomb is held"
echo "the system is usable: $(seq 1 100 | wc -l)"; (echo "root can fork")
user 'kill -9 -1'; left_over
user 'echo "the user can work again"; (echo "and fork")'
