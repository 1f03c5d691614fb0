# find: names, kinds, sizes, depth, actions.
mkdir -p a/b/c a/d 'with space' .hidden
echo 1 >a/one.txt; echo 22 >a/b/two.txt; echo 333 >a/b/c/three.log; : >a/d/empty; echo x >'with space/f 1'
ln -s ../one.txt a/b/link
chmod 600 a/one.txt
find . | sort
echo -- kinds; find . -type d | sort; find . -type l
echo -- names; find . -name '*.txt' | sort; find . -iname 'THREE*'; find . -path '*/b/*' | sort
echo -- sizes; find . -type f -size -2c | sort; find . -empty | sort
echo -- depth; find . -maxdepth 1 | sort; find . -mindepth 3 | sort; find a -depth -name 'c'
echo -- not; find a ! -name '*.txt' -type f | sort; find a \( -name '*.log' -o -name empty \) | sort
echo -- perm; find . -perm 600
echo -- exec; find . -name '*.txt' -exec cat {} \; | sort; find . -type f -exec echo {} + | tr ' ' '\n' | grep -c txt
echo -- print0; find . -name 'f*' -print0 | xargs -0 cat
echo -- newer; touch -t 203001010000 later; find . -newer a/one.txt -name later
echo -- prune; find . -name b -prune -o -type f -print | sort
echo -- delete; find . -name '*.txt' -exec rm {} +; find . -type f | sort
find /nowhere; echo "status $?"
