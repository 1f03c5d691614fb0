# Here-documents: expansion, quoting, tabs, nesting, big ones.
name=world
cat <<END
hello $name
sum $((6 * 7))
command $(echo inside)
escaped \$name
END
cat <<'END'
raw $name $(echo not run) \$
END
cat <<-END
	tabs are gone
		all of them
END
cat <<A; cat <<B
first
A
second
B
tr a-z A-Z <<END | sed 's/$/!/'
shout
END
while read line; do echo "<$line>"; done <<END
alpha beta
  gamma
END
f() { cat; }
f <<END
to a function
END
{
	echo 'cat <<X'
	seq 1 5000
	echo X
} >big.sh
sh big.sh | md5sum
cat <<END | wc -c
$(seq 1 3000)
END
