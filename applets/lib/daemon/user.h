/* SPDX-License-Identifier: 0BSD */
#ifndef USER_H
#define USER_H

/*
 * USER=, LOGNAME= and HOME= of the user that step_account found, each with its NUL, and a NUL
 * behind them; NULL without one.
 */
extern char *user_login;

#endif
