#include "common/journal_entry.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "common/log.h"
#include "util/cleanup.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
#define ENTRY_MAX      4096 /* bytes */

static int send_datagram(const char *data, size_t length)
{
        const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = JOURNAL_SOCKET };
        _cleanup_(closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        if (fd < 0 || sendto(fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&address,
                             sizeof(address)) < 0)
                return -errno;
        return 0;
}

/* A value that has a newline, or is cut, would be read as something else. */
static int send_entry(const struct journal_entry *entry)
{
        char data[ENTRY_MAX];
        size_t length;
        int written;

        if (strchr(entry->message, '\n'))
                return -EINVAL;
        written = snprintf(data, sizeof(data),
                           "MESSAGE=%s\nMESSAGE_ID=%s\nPRIORITY=%d\nSYSLOG_IDENTIFIER=%s\nSYSLOG_FACILITY=3\n",
                           entry->message, entry->message_id, entry->priority, entry->identifier);
        if (written < 0 || (size_t)written >= sizeof(data))
                return -E2BIG;
        length = (size_t)written;
        for (size_t i = 0; i < JOURNAL_ENTRY_FIELDS_MAX && entry->fields[i]; i++) {
                if (strchr(entry->fields[i], '\n'))
                        return -EINVAL;
                written = snprintf(data + length, sizeof(data) - length, "%s\n", entry->fields[i]);
                if (written < 0 || (size_t)written >= sizeof(data) - length)
                        return -E2BIG;
                length += (size_t)written;
        }
        return send_datagram(data, length);
}

void journal_entry_log(const struct journal_entry *entry)
{
        if (!log_is_journal() || send_entry(entry) < 0)
                log_at(entry->priority, "%s", entry->message);
}
