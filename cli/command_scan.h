/* cli/command_scan.h: `oomwatch scan`: what past logs tell of OOM kills. */

#pragma once

/* argv[0] stands for "scan". Returns the code to exit with. */
int scan_main(int argc, char **argv);
