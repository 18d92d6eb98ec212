/* tests/unit/told_alerts.c: every alert that a unit test has made into JSON, for who validates them.
 *
 * The linker puts __wrap_alert_to_json() in alert_to_json()'s place (--wrap). With $OOMWATCH_ALERTS it appends the JSON to
 * that file, one alert per line: tests/runner.py compares them with config/alert.schema.json, which C can't. Of a process
 * (a case is one) the first ALERTS_MAX are enough: some send 30000 of one make. */

#include <errno.h>
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

/* With one write(), so that processes beside each other don't mix their lines. */
static void append(const char *path, const char *json)
{
        struct iovec line[] = { { (char *)json, strlen(json) }, { (char *)"\n", 1 } };
        int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);

        if (fd < 0 || writev(fd, line, 2) != (ssize_t)line[0].iov_len + 1) {
                (void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
                abort();
        }
        (void)close(fd);
}

char *__wrap_alert_to_json(const struct alert *alert, size_t *ret_length)
{
        static atomic_uint count;
        const char *path = getenv("OOMWATCH_ALERTS");
        char *json = __real_alert_to_json(alert, ret_length);

        if (path && json && atomic_fetch_add(&count, 1) < ALERTS_MAX)
                append(path, json);
        return json;
}
