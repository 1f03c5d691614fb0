# Bytes shown: od, hexdump, xxd, and binary data kept as it is.
awk 'BEGIN { for (i = 0; i < 256; i++) printf "\\%03o", i }' >codes; printf "$(cat codes)" >all; wc -c <all; md5sum all
od -An -tx1 all | head -n 2; od -c all | head -n 2; od -An -tu2 all | tail -n 1; od -Ax -tx4 all | tail -n 2; od -An -to1 -j 250 all; od -An -tx1 -N 4 all
hexdump -C all | head -n 3; hexdump all | tail -n 2; xxd all | head -n 2; xxd -p all | head -n 1; printf 414243 | xxd -r -p; echo
dd if=/dev/zero bs=64 count=1 2>/dev/null | od -tx1; dd if=/dev/zero bs=64 count=1 2>/dev/null | hexdump -C; cat all all all | tr -d '\000-\176' | wc -c
cat -v all | tail -c 40; echo; cat -A codes | tail -c 10; echo; tr '\0-\377' '\1-\377\0' <all | md5sum; rev <codes | md5sum; od -An -td8 all | head -n 1; od -tf8 -N 8 all | head -n 1
