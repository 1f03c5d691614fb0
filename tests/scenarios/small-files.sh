# Thousands of small files: made, counted, renamed, read, removed.
mkdir many; cd many
i=0; while [ $i -lt 3000 ]; do echo "file $i" >f$i; i=$((i + 1)); done
ls | wc -l; cat f* | md5sum; ls | sort -V | tail -n 2
for f in f1??; do mv $f renamed-$f; done; ls renamed-* | wc -l; cat renamed-f150
find . -type f | wc -l; grep -l 'file 29.*9$' f* | wc -l
ls -l | awk 'NR > 1 { bytes += $5 } END { print bytes }'
rm f2*; ls | wc -l
cp -r . ../copy; ls ../copy | wc -l; diff -r . ../copy && echo 'copies equal'
cd ..; rm -r many; ls
cd copy; for d in 0 1 2 3 4 5 6 7 8 9; do mkdir d$d; mv f*$d d$d/ 2>/dev/null; done; ls | grep -c '^d'; find . -type f | wc -l
cd ..; rm -rf copy; ls | wc -l
# The same name made and removed many times.
i=0; while [ $i -lt 1000 ]; do : >same; rm same; i=$((i + 1)); done; ls | wc -l
