/* cli/command_status.h: `oomwatch status`: what the running oomwatchd does, and what waits on the disk. */

#pragma once

/* argv[0] is "status". Returns the code to exit with. */
int status_main(int argc, char **argv);
