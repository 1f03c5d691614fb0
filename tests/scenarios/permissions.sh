# Permissions as another user: what must be refused, and what not.
as() { su user -c "$1" 2>&1; echo "  -> $?"; }
umask 022; pwd=$(pwd); chmod 755 .
echo secret >secret; chmod 600 secret; echo open >open; mkdir closed shared mine; chmod 700 closed; echo in >closed/in
chmod 1777 shared; echo roots >shared/roots; chown 1000:1000 mine; echo r >readonly; chmod 444 readonly
as 'id -u; id -g'
as 'cat open'; as 'cat secret'; as 'echo x >open'; as 'ls closed'; as 'cat closed/in'; as 'cd closed'
as 'echo mine >mine/file; cat mine/file; ls -n mine | tail -n 1 | cut -c1-10'
as 'echo x >new'; as 'mkdir new'; as 'rm open'; as 'mv open other'; as 'ln mine/file mine/hard && ls mine'
as 'echo x >shared/own; rm shared/own'; as 'rm -f shared/roots'; as 'chmod 777 secret'; as 'chown 1000 secret'
as 'echo x >readonly'; echo root >readonly; cat readonly
as 'kill -9 1'; as 'cat /etc/shadow 2>/dev/null'
printf '#!/bin/sh\necho ran\n' >script; chmod 644 script; as './script'; ./script; echo "root without x: $?"; chmod 755 script; as './script'
chmod 111 script; as './script'; chmod 4755 script; stat -c '%a %A' script shared
as 'test -r secret; echo $?; test -w open; echo $?; test -x closed; echo $?; test -r open; echo $?'
chown 1000:1000 secret; as 'cat secret; chmod 400 secret; stat -c %a secret; echo x >>secret'
umask 077; : >private; stat -c %a private; umask 000; : >public; stat -c %a public; umask
as 'umask 027; mkdir mine/d; stat -c "%a %u %g" mine/d; id; id -Gn'
chgrp 2000 mine; chmod 2775 mine; mkdir mine/inherits; stat -c '%a %g' mine/inherits
