/* cli/command_scan.h: `oomwatch scan`: what past logs tell of OOM kills. */

#pragma once

/* Found, nothing found, something unreadable (or wrong usage, or failure). */
enum scan_exit { SCAN_FOUND = 0, SCAN_NOTHING = 1, SCAN_TROUBLE = 2 };

/* argv[0] stands for "scan". Returns the code to exit with. */
int scan_main(int argc, char **argv);
