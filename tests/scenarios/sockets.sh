# AF_UNIX sockets, without a shell: see tests/programs/calls_sockets.c.
/tests/calls_sockets
