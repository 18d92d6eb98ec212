/* daemon/notify/sink_stdout.c: alerts on standard output, as lines of JSON or for people.
 *
 * Standard output is shared: with a terminal that the user may have stopped, with a pager, with a shell that goes on
 * using the same description after us. O_NONBLOCK would be set for all of them, so it stays as it is, and a writer's
 * thread does the blocking. Once a write fails (the reader has gone: EPIPE) the sink is broken for good. */

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "notify/sink_blocking.h"

static int write_all(const char *data, size_t length)
{
        while (length > 0) {
                ssize_t n = write(STDOUT_FILENO, data, length);

                if (n >= 0) {
                        data += n;
                        length -= (size_t)n;
                } else if (errno == EAGAIN) {
                        /* Somebody else has made the description non-blocking. */
                        struct pollfd poll_fd = { .fd = STDOUT_FILENO, .events = POLLOUT };

                        (void)poll(&poll_fd, 1, -1); /* an error shows at the next write */
                } else if (errno != EINTR) {
                        return -errno;
                }
        }
        return 0;
}

static bool has_text(const struct rendered *alert)
{
        return alert->text != NULL;
}

static bool has_json(const struct rendered *alert)
{
        return alert->json != NULL;
}

static int write_text(void *target, const struct rendered *alert)
{
        (void)target;
        return write_all(alert->text, alert->text_length);
}

static int write_json(void *target, const struct rendered *alert)
{
        (void)target;
        return write_all(alert->json, alert->json_length + 1); /* with its newline */
}

static enum written_verdict stdout_verdict(int error)
{
        (void)error;
        return WRITTEN_BROKEN;
}

int sink_stdout_new(bool json, struct writer *writer, struct sink_ledger *ledger, struct event_base *base,
                    struct sink **ret_sink)
{
        static const struct written_kind text_kind = {
                .kind = SINK_STDOUT,
                .writes = "no more alerts are printed",
                .has_form = has_text,
                .write = write_text,
                .verdict = stdout_verdict,
        };
        static const struct written_kind json_kind = {
                .kind = SINK_STDOUT,
                .writes = "no more alerts are printed",
                .has_form = has_json,
                .write = write_json,
                .verdict = stdout_verdict,
        };

        return sink_written_new(json ? &json_kind : &text_kind, "", NULL, writer, ledger, base, ret_sink);
}
