# sed: addresses, substitution, hold space, in-place edits, scripts.
seq 1 10 >n
sed -n '3p;5,7p' n; sed '2,9d' n; sed -n '$p' n; sed '/5/q' n | tail -n 1
sed -n '/3/,/5/p' n; sed '1~3!d' n
echo 'hello world' | sed 's/o/0/g; s/\(h\)\(e\)/\2\1/; s/w.*/[&]/'
echo 'a,b,c' | sed 's/,/\n/2'
echo 'path/to/file' | sed 's#/#:#g'
echo 'AbC' | sed 'y/AbC/xyz/'
echo 'one two one two' | sed 's/one/1/2'
echo 'ignore CASE' | sed 's/case/x/I'
sed -n '1!G;h;$p' n | head -n 3
sed '$!N;s/\n/-/' n
sed -e '1i\first' -e '$a\last' -e '5c\five' n
printf 'x=1\ny=2\n' >conf; sed -i 's/^x=.*/x=42/' conf; cat conf
sed -i.bak 's/y/z/' conf; cat conf conf.bak
sed -n 's/x=\(.*\)/\1/p' conf
sed ':a;s/^\([0-9]*[0-9]\)\([0-9]\{3\}\)/\1,\2/;ta' <<END
1234567
END
sed = n | sed 'N;s/\n/\t/' | tail -n 2
echo aaa | sed 's/a*/x/g'; echo abc | sed 's/b*/x/g'
sed -n '/nothing/p' /nowhere 2>&1; echo "status $?"
seq 1 20000 | sed 's/1/one/g' | md5sum
