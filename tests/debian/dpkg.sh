# dpkg: a package is built, looked at, installed below a folder, configured, removed again.
mkdir -p p/DEBIAN p/usr/share/hello p/etc; echo 'hello file' >p/usr/share/hello/file; echo 'setting=1' >p/etc/hello.conf; echo /etc/hello.conf >p/DEBIAN/conffiles
printf 'Package: hello-hinge\nVersion: 1.0\nArchitecture: amd64\nMaintainer: Nobody <nobody@example.org>\nDescription: a package\n' >p/DEBIAN/control
printf '#!/bin/sh\necho "post-install $1"\n' >p/DEBIAN/postinst; chmod 755 p/DEBIAN/postinst; dpkg-deb --root-owner-group -b p hello.deb | sed 's/.*building/building/'; dpkg-deb -I hello.deb | grep -E 'Package|Version'; dpkg-deb -c hello.deb | awk '{print $1, $2, $6}'
mkdir -p root/var/lib/dpkg/info root/var/lib/dpkg/updates; touch root/var/lib/dpkg/status
d() { dpkg --root="$PWD/root" --force-not-root --force-script-chrootless --log=/dev/null "$@" 2>&1; }
d -i hello.deb; d -l hello-hinge | tail -n 1 | tr -s ' '; d -L hello-hinge; d -s hello-hinge | grep -E 'Status|Version'; cat root/usr/share/hello/file
sed -i 's/Version: 1.0/Version: 2.0/' p/DEBIAN/control; echo second >p/usr/share/hello/more; dpkg-deb --root-owner-group -b p hello2.deb >/dev/null; d -i hello2.deb; d -V hello-hinge; echo "$?"; d -r hello-hinge; ls root/usr/share 2>/dev/null; ls root/etc; d -P hello-hinge; ls root/etc
dpkg -l bash | tail -n 1 | awk '{print $1, $2}'; dpkg -S /bin/bash; dpkg --print-architecture; dpkg --compare-versions 1.2~rc1 lt 1.2 && echo older; dpkg-query -W -f '${Package} ${db:Status-Abbrev}\n' coreutils; update-alternatives --query vi | head -n 3
