#pragma once

/* Each prints what came of it, and returns the exit status. */
int move_service(char const *service, char const *domain);
int end_service(char const *service, char const *how);
int move_to_preset(char const *preset);
int list_in_detail(void);
/* How its last move went, as one line. */
void show_last_move(char const *service);
/* `moving`: also what requests of programs would cost on the other side, by going there. */
int show_prices(int moving);
int try_all(void);
/* The command's status. */
int trace(char **command);
