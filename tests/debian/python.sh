# Python: its library where it leans on the system. Files python_*.py, one after the other.
for part in library processes threads asynchronous; do python3 "${0%.sh}_$part.py" || echo "$part: status $?"; done
