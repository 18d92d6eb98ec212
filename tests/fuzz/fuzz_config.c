/* Any bytes as a configuration file: it is read whole, or refused with a message of one line that names the file. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/config.h"
#include "host/file.h"
#include "util/cleanup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_config(const struct config *config)
{
        if (config->n_sockets + config->n_webhooks > CONFIG_SINKS_MAX || config->spool_path[0] != '/' ||
            config->cursor_path[0] != '/' || config->n_redact > CONFIG_REDACT_MAX)
                abort();
        for (size_t i = 0; i < config->n_sockets; i++)
                if (config->sockets[i].path[0] != '/' || strlen(config->sockets[i].name) > CONFIG_NAME_MAX)
                        abort();
        for (size_t i = 0; i < config->n_webhooks; i++)
                if (strncasecmp(config->webhooks[i].url, "http", 4) != 0 || config->webhooks[i].timeout_sec < 1)
                        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_(closep) int fd = memfd_create("config", MFD_CLOEXEC);
        char path[64], error[CONFIG_ERROR_MAX] = "";
        struct config *config = NULL;

        if (fd < 0 || file_write_all(fd, (const char *)data, size) < 0)
                return 0;
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        if (config_load(path, &config, error) == 0)
                check_config(config);
        else if (config || strncmp(error, path, strlen(path)) != 0 || strchr(error, '\n'))
                abort();
        config_free(config);
        return 0;
}
