# dd: blocks, offsets, holes, partial reads, conversions.
printf 'abcdefghij' >src; dd if=src bs=1 skip=3 count=4 2>/dev/null; echo; dd if=src of=dst bs=4 count=1 2>/dev/null; cat dst; echo
dd if=src of=dst bs=1 seek=6 conv=notrunc 2>/dev/null; od -c dst; dd if=src bs=3 2>&1 >/dev/null | head -n 2
dd if=/dev/zero of=sparse bs=1 count=1 seek=104857599 2>/dev/null; ls -l sparse | awk '{ print $5 }'; [ $(du -k sparse | cut -f1) -lt 1000 ] && echo 'takes little'
tail -c 3 sparse | od -An -tx1; printf mid | dd of=sparse bs=1 seek=50000000 conv=notrunc 2>/dev/null; dd if=sparse bs=1 skip=49999999 count=5 2>/dev/null | od -An -c
truncate -s 0 sparse; ls -l sparse | awk '{ print $5 }'; truncate -s 10 sparse; od -An -tx1 sparse; truncate -s +5 sparse; wc -c <sparse
echo mixedCase | dd conv=ucase 2>/dev/null; printf 'abcd' | dd conv=swab 2>/dev/null; echo; printf 'ab' | dd bs=4 conv=sync 2>/dev/null | od -An -tx1
dd if=/dev/zero of=f bs=1M count=8 2>/dev/null; ls -l f | awk '{ print $5 }'; dd if=f of=g bs=7777 2>/dev/null; cmp f g && echo equal
dd if=src of=/nowhere/x 2>/dev/null; echo "status $?"; dd if=/nowhere 2>/dev/null; echo "status $?"; (printf 12; sleep 0.1; printf 345) | dd bs=5 iflag=fullblock 2>/dev/null; echo
dd if=src bs=2 count=0 2>/dev/null | wc -c; dd if=/dev/zero bs=64k count=200 2>/dev/null | wc -c; fallocate -l 5000 fa 2>/dev/null && wc -c <fa
echo tail >>src; cat src; printf 'x' | dd of=src oflag=append conv=notrunc 2>/dev/null; tail -c 2 src | od -An -c
