# procps: what /proc has to say, in the forms that do not depend on the machine.
# They are counted by name, and others may sleep.
ln -s "$(command -v sleep)" snore; PATH=$PWD:$PATH
snore 100 & one=$!; snore 100 & two=$!
sleep 0.2
ps -o pid= -p $one | wc -l; ps -o comm=,args= -p $one; ps -o ppid= -p $one | grep -c "^ *$$\$"; ps -o stat=,ni=,nlwp=,user= -p $one; ps -e -o comm= | grep -c '^snore$'
ps aux | head -n 1; ps -ef | awk '$8 == "snore"' | wc -l; ps -o rss= -p $one | awk '{print ($1 > 100)}'; ps --ppid $$ -o comm= | sort | uniq -c | awk '$2 == "snore" {print $1, $2}'
pgrep -P $$ -x snore | wc -l; pgrep -f 'snore 100' | wc -l; pidof snore | wc -w; pkill -STOP -P $$ -x snore; sleep 0.1; ps -o stat= -p $one; kill -CONT $one $two; nice -n 7 snore 50 & three=$!; sleep 0.1; ps -o ni= -p $three; kill $three
top -b -n 1 -p $one | sed -n '7p'; top -b -n 1 | grep -c snore; top -b -n 2 -d 0.2 | grep -c '^top'; free | awk 'NR == 2 {print ($2 > 100000)}'; free -h | head -n 1
uptime | grep -c 'load average'; vmstat | wc -l; vmstat 1 2 | tail -n 1 | awk '{print NF}'; pmap $one | tail -n 1 | awk '{print $1}'; pmap -x $one | grep -c 'libc.so.6'; pwdx $one | sed 's/.*: //' | grep -c scenario; cat /proc/$one/comm
sysctl -n kernel.ostype; w -h | wc -l; slabtop -o 2>&1 | head -n 1 | cut -c1-1 >/dev/null; skill -n snore 2>/dev/null | wc -l; tr '\0' ' ' </proc/$one/cmdline; echo; readlink /proc/$one/exe; ls /proc/$one/task | wc -l; grep -E '^(Name|State|Threads|SigBlk)' /proc/$one/status
kill $one $two; wait $one; echo "$?"; watch -n 0.1 -t -g 'true' </dev/null >/dev/null 2>&1 & w=$!; sleep 0.3; kill $w 2>/dev/null; echo done
