# Bash: its language where it goes beyond sh, and job control without a terminal.
bash "${0%.sh}.bash"
