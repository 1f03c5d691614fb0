# Vim on a pseudo-terminal: typed into, saved, and its screen looked at.
python3 "${0%.sh}.py"; cat file; vi -es -c '%s/one/ONE/' -c 'g/two/d' -c 'wq' file; echo "$?"; cat file
printf 'b\na\nc\n' >sorted; ex -s sorted <<'END'
%sort
w
q
END
cat sorted; view -es -c 'q' file; echo "$?"; ls -a
