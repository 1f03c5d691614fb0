# 64 MiB in a file: written, read back, summed, copied.
awk 'BEGIN { x = 1; for (i = 0; i < 65536; i++) { x = (x * 16807) % 2147483647; printf "%015d\n", x } }' >part
i=0; while [ $i -lt 64 ]; do cat part; i=$((i + 1)); done >big
ls -l big | awk '{ print $5 }'
md5sum big; md5sum <big
cp big copy; cmp big copy && echo equal
tail -c 16 big; head -c 16 big
dd if=big bs=1M skip=63 2>/dev/null | md5sum; md5sum part
md5sum part >sums; md5sum -c sums; sha1sum part; sha256sum part; crc32 part
printf x | dd of=copy bs=1 seek=33554432 conv=notrunc 2>/dev/null; cmp big copy; ls -l copy | awk '{ print $5 }'
rm copy; truncate -s 1M big; md5sum big
