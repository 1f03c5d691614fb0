# Pseudo-terminals, job control, the small devices: what each check prints, Linux prints, too.
setsid /tests/terminals
