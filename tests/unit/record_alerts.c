/* tests/unit/record_alerts.c: writes the alerts that unit tests turn into JSON to a file, for their validation.
 *
 * Every unit test program is linked with --wrap, so that calls of alert_to_json() and alert_to_json_with_gaps() come
 * here. With $OOMWATCH_ALERTS set, the JSON is appended to that file, one alert per line; tests/runner.py then validates
 * the file with config/alert.schema.json. Each test case is a process, of which the first ALERTS_MAX alerts are enough. */

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "alert/json.h"

#define ALERTS_MAX 100

char *__real_alert_to_json(const struct alert *alert, size_t *ret_length);
char *__wrap_alert_to_json(const struct alert *alert, size_t *ret_length);
char *__real_alert_to_json_with_gaps(const struct alert *alert, size_t *ret_length, struct alert_gaps *ret_gaps);
char *__wrap_alert_to_json_with_gaps(const struct alert *alert, size_t *ret_length, struct alert_gaps *ret_gaps);

/* With one write, so that the lines of concurrent processes are not mixed. */
static void append_line(const char *path, const char *json)
{
        struct iovec line[] = { { (char *)json, strlen(json) }, { (char *)"\n", 1 } };
        int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);

        if (fd < 0 || writev(fd, line, 2) != (ssize_t)line[0].iov_len + 1) {
                perror(path);
                abort();
        }
        (void)close(fd);
}

static char *keep(char *json)
{
        static atomic_uint n_alerts;
        const char *path = getenv("OOMWATCH_ALERTS");

        if (path && json && atomic_fetch_add(&n_alerts, 1) < ALERTS_MAX)
                append_line(path, json);
        return json;
}

char *__wrap_alert_to_json(const struct alert *alert, size_t *ret_length)
{
        return keep(__real_alert_to_json(alert, ret_length));
}

char *__wrap_alert_to_json_with_gaps(const struct alert *alert, size_t *ret_length, struct alert_gaps *ret_gaps)
{
        return keep(__real_alert_to_json_with_gaps(alert, ret_length, ret_gaps));
}
