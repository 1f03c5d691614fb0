# Listing and trees: ls in its forms, cp -r, mv, rm, mkdir -p, stat, du, special names.
mkdir -p tree/a/b tree/c; echo 12345 >tree/a/file; : >tree/.dot; : >'tree/space name'; printf 'x' >"tree/$(printf 'new\nline')"; : >tree/-dash; ln -s a tree/link
cd tree; ls; ls -a; ls -A; ls -1r; ls -F; ls -p; ls -R | head -n 20; ls -d a c; ls -n a | awk 'NR > 1 { print $1, $2, $3, $4, $NF }'; ls -S a; ls nowhere; echo $?; ls -i a/file | awk '{ print ($1 > 0) }'
[ "$(ls -di . | awk '{ print $1 }')" = "$(stat -c %i .)" ] && echo 'one inode number'; [ "$(stat -c %i a)" = "$(stat -c %i a/.)" ] && [ "$(stat -c %i .)" = "$(stat -c %i a/..)" ] && echo 'dots agree'
stat -c '%s %F' a/file .dot link; stat -c '%F %a %h' a c; rm -- -dash; rm 'space name'; ls; cd ..; cp -r tree copy; diff -r tree copy && echo copied; rm -rf tree; ls; rm nowhere; echo $?; rm -f nowhere; echo $?; rm copy; echo $?
mkdir copy; echo $?; mkdir -p copy/a/b/new; rmdir copy/a; echo $?; mkdir -m 711 m; stat -c %a m; mkdir x/y; echo $?; touch copy/a/1 copy/a/2; ls copy/a; : >'copy/{1}'; ls copy; cp copy/a/file inst; chmod 640 inst; stat -c %a inst
cp copy/a/file nowhere/x; echo $?; cp copy m; echo $?; cp copy/a/file m; ls m; cp -p inst kept; stat -c %a kept; mv copy/a/file m/moved; ls copy/a m; mktemp -d tmp.XXXXXX | grep -c '^tmp\.......$'; ls -d tmp.* | wc -l
du -s m | awk '{ print ($1 >= 0) }'; df . | awk 'END { print ($2 > 0) }'; test -d m; echo $?; pwd | grep -c /; cd m; cd -  | grep -c /; tree_of() { find "$1" | sort; }; tree_of .; sync; echo synced
