/* daemon/notify/sink_stdout.c: alerts on standard output, as lines of JSON or for people.
 *
 * O_NONBLOCK would be set for all who share the description, such as a shell, so a writer's thread writes. When a write
 * fails, because the reader has gone (EPIPE), the sink is broken for good. */

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

static int write_text(_unused_ void *target, const struct rendered_alert *alert)
{
        return write_all(alert->text, alert->text_length);
}

static int write_json(_unused_ void *target, const struct rendered_alert *alert)
{
        return write_all(alert->json, alert->json_length + 1); /* with its newline */
}

static enum write_error_action stdout_error_action(_unused_ int error)
{
        return WRITE_ERROR_SINK_BROKEN;
}

int sink_stdout_new(bool is_json, struct writer *writer, struct sink_context *context, struct sink **ret_sink)
{
        static const struct blocking_ops text_ops = {
                .kind = SINK_STDOUT,
                .failure = "no more alerts are printed",
                .form = ALERT_FORM_TEXT,
                .write = write_text,
                .error_action = stdout_error_action,
        };
        static const struct blocking_ops json_ops = {
                .kind = SINK_STDOUT,
                .failure = "no more alerts are printed",
                .form = ALERT_FORM_JSON,
                .write = write_json,
                .error_action = stdout_error_action,
        };

        return sink_blocking_new(is_json ? &json_ops : &text_ops, "", NULL, writer, context, ret_sink);
}
