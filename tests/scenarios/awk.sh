# awk: fields, arrays, functions, formats, pipes and files from inside.
cat >people <<END
ann 31 oslo
bob 25 rome
eve 42 oslo
dan 19 lima
END
awk '{ print $1, $NF }' people
awk '$2 > 30 { n++; sum += $2 } END { print n, sum, sum / n }' people
awk '{ city[$3]++ } END { for (c in city) print c, city[c] }' people | sort
awk -F: '{ print $2 }' <<END
a:b:c
d:e:f
END
awk -v x=5 'BEGIN { printf "%03d|%-5s|%5.2f|%x|%c|%e\n", x, "ab", 3.14159, 255, 65, 12345.678 }'
awk 'BEGIN { s = "hello"; print length(s), substr(s, 2, 3), index(s, "l"), toupper(s); gsub(/l/, "L", s); print s }'
awk 'BEGIN { n = split("a b c", t); for (i = n; i > 0; i--) printf "%s ", t[i]; print "" }'
awk 'function f(n) { return n < 2 ? n : f(n - 1) + f(n - 2) } BEGIN { print f(18) }'
awk 'NR == 2, NR == 3' people; awk 'END { print NR }' people
awk 'BEGIN { while (("echo x; echo y" | getline line) > 0) print "got", line; close("echo x; echo y") }'
awk 'BEGIN { print "to a file" > "out"; close("out"); getline z < "out"; print z }'
awk '{ print $2 | "sort -n" } END { close("sort -n"); print "sorted" }' people
awk 'BEGIN { print 1e6, 2 ^ 10, 7 % 3, int(-3.7), sqrt(2), exp(1) }'
awk 'BEGIN { print match("foobar", /o+/), RSTART, RLENGTH; print (1 == 1.0), ("a" < "b"), !0 }'
awk 'BEGIN { exit 3 }'; echo "status $?"
awk 'BEGIN { print ENVIRON["HOME"] != "", ARGC, ARGV[1] }' argument
seq 1 50000 | awk '{ s += $1 * $1 } END { printf "%.0f\n", s }'
awk 'BEGIN { "nothing" | getline; print system("exit 4") }' 2>/dev/null
echo 'a b c' | awk '{ $2 = "X"; print; print NF; NF = 2; print }'
printf 'p1 l1\np1 l2\n\np2 l1\n' | awk 'BEGIN { RS = ""; FS = "\n" } { print NR ": " $1 }'
