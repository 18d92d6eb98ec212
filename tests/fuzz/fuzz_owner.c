/* Any bytes as a cgroup's path: the names of its owner are complete and of plain characters. */

#include <stdlib.h>

#include "owner/owner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_name(const char *name, size_t size)
{
        size_t length = strnlen(name, size);

        if (length == size)
                abort();
        for (size_t i = 0; i < length; i++)
                if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
                        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct owner owner;

        owner_from_cgroup((struct text){ (const char *)data, size }, &owner);
        check_name(owner.unit, sizeof(owner.unit));
        check_name(owner.user_unit, sizeof(owner.user_unit));
        check_name(owner.slice, sizeof(owner.slice));
        check_name(owner.container_id, sizeof(owner.container_id));
        check_name(owner.pod_uid, sizeof(owner.pod_uid));
        return 0;
}
