# A sort of 100,000 lines, and its relatives.
awk 'BEGIN { x = 1; for (i = 0; i < 100000; i++) { x = (x * 16807) % 2147483647; print x } }' >numbers
wc -l numbers; md5sum numbers
sort -n numbers >up; head -n 3 up; tail -n 2 up; md5sum up
sort -n -c up && echo 'in order'
sort -c numbers 2>/dev/null; echo "not in order: $?"
sort -rn numbers | head -n 2
sort numbers | md5sum
awk '{ print $1 % 100 }' numbers | sort | uniq -c | sort -k1,1rn -k2,2n | head -n 4
sort -u -n -k1,1 up | wc -l
printf 'b 2\na 10\nc 1\na 9\n' | sort -k1,1 -k2,2n
printf 'b,2\na,10\n' | sort -t, -k2,2n
tac up | head -n 1; shuf numbers | sort -n | cmp - up && echo 'shuffled and sorted again'
