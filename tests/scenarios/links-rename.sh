# Hard links, symbolic links and rename in all their cases.
echo data >a; ln a b; stat -c %h a; echo more >>b; cat a; rm a; cat b; stat -c %h b
ln -s b soft; cat soft; readlink soft; echo through >soft; cat b; rm b; cat soft 2>&1; [ -L soft ] && [ ! -e soft ] && echo dangling
echo new >soft; ls; rm soft; cat b
mkdir d; ln -s d ds; echo in >ds/f; cat d/f; ls ds; rm ds; ls d; ln d dd 2>&1 | sed 's/^[^:]*: //'
ln -s /absolute/nowhere abs; readlink abs; ln -sf other abs; readlink abs; ln -s x abs 2>&1
ln -s l1 l2; ln -s l2 l1; cat l1 2>&1; rm l1 l2
i=0; ln -s target c0; while [ $i -lt 45 ]; do ln -s c$i c$((i + 1)); i=$((i + 1)); done; echo deep >target; cat c30; cat c45 2>&1; rm c*
echo 1 >x; echo 2 >y; mv x y; cat y; ls x 2>&1; mv y d; ls d; mv d e; ls e; mkdir f; mv f e; ls e
mv e/f e 2>&1; mv e e/f 2>&1; mkdir full; : >full/file; mkdir empty; mv -T empty full 2>&1; echo "onto a full directory $?"
ln y2 y3 2>&1; cp -a e copy; ls copy; cp -d abs absd; readlink absd
echo z >z; ln z z2; mv z z2; ls z z2 2>&1; stat -c %h z2
mkdir t1 t2; mv t1 t2/; : >t1; mv t2 t1 2>&1; echo "directory onto a file $?"; mv t1 t2 2>&1; echo "file into a directory $?"; ls t2
exec 3<z2; rm z2; cat <&3; exec 3<&-
echo keep >open; exec 4>>open; mv open moved; echo appended >&4; exec 4>&-; cat moved
realpath t2/../moved | sed "s#$(pwd)#TOP#"; basename /a/b.c .c; dirname /a/b/c
touch -h abs; stat -c '%F' abs t2 moved; rm -r t2; ls
