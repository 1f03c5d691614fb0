# Archives there and back: tar, gzip, bzip2, permissions, links and times kept.
mkdir -p src/sub/deep; seq 1 20000 >src/numbers; echo small >src/sub/small; : >src/sub/deep/empty
chmod 750 src/sub; chmod 640 src/sub/small; ln -s ../numbers src/sub/soft; ln src/numbers src/hard
touch -d '2020-02-02 02:02:02' src/sub/small
tar cf a.tar src; tar tf a.tar | sort
mkdir out; tar xf a.tar -C out; diff -r src out/src && echo same
stat -c '%a %n' out/src/sub out/src/sub/small; readlink out/src/sub/soft; date -r out/src/sub/small '+%F %T'
stat -c %h out/src/numbers
tar czf a.tgz src; gzip -t a.tgz && echo 'gzip whole'; tar tzf a.tgz | wc -l
mkdir out2; tar xzf a.tgz -C out2 src/sub/small; find out2 -type f
gzip -c src/numbers >n.gz; gunzip -c n.gz | cmp - src/numbers && echo 'gunzip equal'
cp src/numbers z; gzip z; ls z*; gunzip z.gz; ls z*; md5sum z
zcat a.tgz | tar tf - | head -n 1
bzip2 -c src/numbers | bunzip2 -c | md5sum; bzip2 -9 -c src/sub/small | bzcat
tar cf - src | (mkdir pipe; cd pipe; tar xf -); diff -r src pipe/src && echo 'through a pipe'
printf 'src/sub/deep\n' >skip; tar cf ex.tar -X skip src 2>/dev/null; tar cf app.tar src/hard; tar tf app.tar
echo broken | gunzip 2>/dev/null; echo "broken: $?"
head -c 20000 a.tgz >cut.tgz; gzip -t cut.tgz 2>/dev/null; echo "cut short: $?"
dd if=/dev/zero bs=64k count=100 2>/dev/null | gzip -9 | gunzip | md5sum
