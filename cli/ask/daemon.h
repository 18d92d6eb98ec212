/* cli/ask/daemon.h: asks the running oomwatchd, on its control socket. */

#pragma once

#include <stddef.h>

/* How long it may take, each of: to get a connection, to send, to hear something. */
#define DAEMON_TIMEOUT_SEC 10
/* Bytes of an answer. */
#define DAEMON_ANSWER_MAX ((size_t)1024 * 1024)

/* Asks with one line of JSON, without its newline. The caller frees *ret_answer, the line of the answer, which is terminated. Returns 0;
 * -ENOENT or -ECONNREFUSED: none runs; -EACCES: it may not be asked; -EAGAIN: it didn't answer in time; -EPROTO: it ended without an answer,
 * or with one past DAEMON_ANSWER_MAX; -ENAMETOOLONG; -errno. */
int daemon_ask(const char *path, const char *request, char **ret_answer) __attribute__((warn_unused_result));
