/* daemon/common/config.c: the configuration, for who can wait for it. Who can't: config_reload.h. */

#include "common/config.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "common/config_child.h"
#include "common/options.h"

int config_load(const char *path, struct config **ret_config, char error[static CONFIG_ERROR_MAX])
{
        struct config_child *child;
        int r = config_child_start(path, true, &child, error);

        if (r < 0)
                return r;
        while (!config_child_read(child))
                ;
        (void)config_child_is_gone(child); /* it blocks: it is */
        r = config_child_take(child, ret_config, error);
        (void)config_child_free(child);
        return r;
}

int config_exit_status(int error)
{
        return error == -ENOMEM || error == -EAGAIN || error == -EMFILE || error == -ENFILE ? EXIT_FAILURE : EXIT_USAGE;
}
