# cpio there and back: folders, links, empty files, odd names.
mkdir -p t/sub; echo one >t/one; echo two >'t/sub/two words'; : >t/sub/empty; ln -s one t/soft; ln t/one t/hard; chmod 700 t/sub; mkfifo t/pipe
find t | sort | cpio -o -H newc 2>/dev/null >a.cpio; cpio -t <a.cpio 2>/dev/null; cpio -tv <a.cpio 2>/dev/null | cut -c1-10
mkdir out; cd out; cpio -id <../a.cpio 2>/dev/null; cd ..; find out | sort; cat out/t/one 'out/t/sub/two words'; readlink out/t/soft; stat -c %a out/t/sub; [ -p out/t/pipe ] && echo 'a pipe again'
stat -c '%h %n' out/t/one out/t/hard; cat out/t/hard; mkdir part; cd part; cpio -id 't/sub/two words' <../a.cpio 2>/dev/null; find . | sort; cd ..
head -c 100 a.cpio | cpio -t >/dev/null 2>&1; echo "cut short $([ $? -ne 0 ] && echo refused)"; echo garbage | cpio -t >/dev/null 2>&1; echo "garbage $([ $? -ne 0 ] && echo refused)"
