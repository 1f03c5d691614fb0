# Time goes forward, sleeps last at least as long as asked, file times follow their rules; no time is printed.
a=$(date +%s); sleep 1.1; b=$(date +%s); [ $b -gt $a ] && echo 'the clock runs'; [ $((b - a)) -lt 60 ] && echo 'not wildly'
read up rest </proc/uptime; sleep 0.2; read up2 rest </proc/uptime; echo "$up $up2" | awk '{ print ($2 - $1 >= 0.19) ? "slept enough" : "too short" }'
: >f; sleep 1.1; : >g; [ g -nt f ] && echo newer; [ f -ot g ] && echo older; touch f; [ f -nt g ] && echo 'touched'
touch -d '2001-02-03 04:05:06' old; stat -c %Y old; date -r old +%F; touch -r old ref; stat -c %y ref | cut -c1-19; find . -name old -mtime +1000
sleep 1.1; m=$(stat -c %Y g); chmod 600 g; [ $(stat -c %Y g) = $m ] && echo 'chmod leaves the contents time'; [ $(stat -c %Z g) -gt $m ] && echo 'and moves the change time'
m=$(stat -c %Y .); : >new; [ $(stat -c %Y .) -ge $m ] && echo 'a directory changes with its names'; echo x >>g; [ $(stat -c %Y g) -gt $m ] || echo same
(sleep 2.1; echo third) & (sleep 0.1; echo first) & (sleep 1.1; echo second) & wait
timeout 0.3 sh -c 'while :; do :; done'; echo "stopped $?"; sleep 0; usleep 1000; echo awake
{ time sleep 0.1; } 2>&1 | grep -c real; (time -p true) 2>&1 | awk '{ print $1 }'
[ $(date +%Y) -ge 2023 ] && echo 'a plausible year'; TZ=UTC0 date -d @86400 +%F; TZ=EST5EDT date -d @1720000000 +%H:%M
s=$(cut -d' ' -f1 /proc/uptime); i=0; while [ $i -lt 300 ]; do t=$(cut -d' ' -f1 /proc/uptime); [ "$(echo "$s $t" | awk '{ print ($2 >= $1) }')" = 1 ] || echo backwards; s=$t; i=$((i + 100)); done; echo monotonic
