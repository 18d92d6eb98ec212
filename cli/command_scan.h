/* cli/command_scan.h: `oomwatch scan`: the OOM kills in past logs. */

#pragma once

/* argv[0] is "scan". Returns the code to exit with. */
int scan_main(int argc, char **argv);
