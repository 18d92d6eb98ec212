/* cli/command_retry.h: `oomwatch retry`: rejected alerts of a webhook go back into its queue. */

#pragma once

/* argv[0] is "retry". Returns the code to exit with. */
int retry_main(int argc, char **argv);
