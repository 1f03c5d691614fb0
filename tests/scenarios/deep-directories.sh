# Deep directories and long names: up to the limits and one beyond.
i=0; top=$(pwd); while [ $i -lt 200 ]; do mkdir d$i; cd d$i; i=$((i + 1)); done
echo bottom >file; pwd | sed "s#$top##" | wc -c; cat file; cd "$top"
find . | wc -l; find . -name file | wc -c; du -a . | wc -l
rm -r d0; ls | wc -l
long=$(printf '%0255d' 0); : >$long; ls | wc -c; mkdir dir$long 2>&1 | sed 's/0\{20,\}/.../'; rm $long
path=$(printf '%04200d' 0 | sed 's/0/x\//g'); ls $path 2>&1 | tail -c 20
mkdir -p a/b/c/d/e; cd a/b/c/d/e; ls ../../../../..; cd ../..; pwd | sed "s#$top##"; cd "$top"; rmdir a 2>&1; rmdir -p a/b/c/d/e; ls | wc -l
mkdir gone; cd gone; rmdir ../gone; ls; (: >x) 2>/dev/null || echo 'cannot create in a removed directory'; cd "$top"
mkdir -p x/y; ln -s ../.. x/y/up; cd x/y/up; pwd -P | sed "s#$top#TOP#"; cd "$top"
ln -s loop loop; cat loop 2>&1; mv x x/y/z 2>&1; echo "into itself $?"
ls a/../x 2>&1; echo . .. ./x x/. x/y/..
