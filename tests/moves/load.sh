#!/bin/sh
# A load that checks itself, until the file $1/stop is there: checksums, pipes, processes, a tree of files that is copied,
# renamed, linked and removed, and a disk's files, where there is a disk, mounted anew each time so that they are read. Each part prints how often it went round; a line that begins "wrong" is an error.
dir=$1
mkdir -p "$dir/tree/a/b" "$dir/tree/c" && cd "$dir" || exit 1
seq 1 40000 >big
for i in 1 2 3 4 5 6 7 8; do
	head -c $((i * 3000)) big >tree/a/$i
	head -c $((i * 100)) big >tree/a/b/$i
	echo $i >tree/c/$i
done
sum=$(md5sum <big)

rounds() { # NAME FUNCTION
	n=0
	until [ -e stop ]; do
		$2 || echo "wrong: $1, round $n"
		n=$((n + 1))
	done
	echo "load $1: $n rounds"
}
checksums() { [ "$(md5sum <big)" = "$sum" ] && cp big big.copy && [ "$(md5sum <big.copy)" = "$sum" ] && rm big.copy; }
pipes() { [ "$(seq 1 3000 | sort -rn | tee pipes.out | tail -n 1)" = 1 ] && [ "$(wc -l <pipes.out)" = 3000 ]; }
processes() { [ "$(sh -c 'sh -c "echo deep" & wait')" = deep ] && ! sh -c 'exit 3' && (true) && [ "$(echo a | cat)" = a ]; }
files() {
	cp -r tree copy && diff -r tree copy && mv copy/a copy/moved && ln copy/c/1 copy/link && rm copy/c/1 &&
		[ "$(cat copy/link)" = 1 ] && [ "$(ls copy/moved | wc -l)" = 9 ] && rm -r copy
}
disk() {
	mount -t ext4 -o ro /dev/vda /mnt && [ "$(cat /mnt/file* | md5sum)" = "$disk_sum" ]
	read_right=$?
	umount /mnt && return $read_right
}

parts="checksums pipes processes files"
if [ -b /dev/vda ]; then
	mount -t ext4 -o ro /dev/vda /mnt && disk_sum=$(cat /mnt/file* | md5sum) && umount /mnt
	echo "load reads ${disk_sum%% *}"
	parts="$parts disk"
fi
for part in $parts; do
	rounds $part $part &
done
wait
