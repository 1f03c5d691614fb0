# /proc, as far as it must be equal everywhere.
[ /proc/self -ef /proc/$$ ] || echo 'self is whoever asks'; readlink /proc/$$/exe; readlink /proc/$$/cwd | sed "s#$(pwd)#HERE#"; readlink /proc/self/root
tr '\0' ' ' </proc/$$/cmdline | cut -d' ' -f1; sh -c 'tr "\0" "|" </proc/$$/cmdline; exit' a 'b c'; echo
awk '/^(Name|PPid|Uid|Gid|Threads):/ { print $1, ($1 == "PPid:" ? ($2 > 0) : $2) }' /proc/$$/status | sed 's/sh$/sh/'
sh -c 'exec 7</dev/null; ls /proc/$$/fd 2>/dev/null | grep -x 7; readlink /proc/$$/fd/7'; sh -c '[ $(cut -d" " -f4 /proc/$$/stat) = $PPID ] && echo parent; [ $(cut -d" " -f1 /proc/$$/stat) = $$ ] && echo own; cut -d" " -f3 /proc/self/stat'
grep -c -E '^(MemTotal|MemFree):' /proc/meminfo; grep -c ^processor /proc/cpuinfo | awk '{ print ($1 >= 1) }'; awk '{ print NF }' /proc/uptime /proc/loadavg
grep -q tmpfs /proc/filesystems && echo tmpfs; grep -c ' / ' /proc/mounts | awk '{ print ($1 >= 1) }'; head -n 1 /proc/stat | cut -d' ' -f1; cat /proc/version | cut -d' ' -f1,2
grep -c '\[stack\]' /proc/self/maps; grep -c 'r-xp.*busybox' /proc/self/maps | awk '{ print ($1 >= 1) }'; ls -d /proc/[0-9]* 2>/dev/null | wc -l | awk '{ print ($1 >= 2) }'
cat /proc/nowhere 2>&1; ls /proc/99999999 2>&1; echo x 2>/dev/null >/proc/version; echo "write $?"; mkdir /proc/x 2>/dev/null; echo "mkdir $?"; rm /proc/version 2>/dev/null; echo "rm $?"
sleep 100 & p=$!; sleep 0.3; tr '\0' ' ' </proc/$p/cmdline; echo; cut -d' ' -f3 /proc/$p/stat; kill $p; wait $p; [ -d /proc/$p ] || echo 'gone with its process'
cat /proc/sys/kernel/ostype; wc -c </proc/sys/kernel/hostname | awk '{ print ($1 > 1) }'; cat /proc/self/environ | tr '\0' '\n' | grep -c ^PATH=; X=seen sh -c 'cat /proc/self/environ | tr "\0" "\n" | grep ^X='
exec 9>f; [ /proc/self/fd/9 -ef f ] && echo 'a descriptor is its file'; echo through >/proc/$$/fd/9; cat f; exec 9>&-; cat /proc/self/comm; ls /proc/self/task | wc -l
