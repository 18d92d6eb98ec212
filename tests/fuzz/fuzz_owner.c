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

static void check_owner(const struct owner *owner)
{
        check_name(owner->unit, sizeof(owner->unit));
        check_name(owner->user_unit, sizeof(owner->user_unit));
        check_name(owner->slice, sizeof(owner->slice));
        check_name(owner->container_id, sizeof(owner->container_id));
        check_name(owner->pod_uid, sizeof(owner->pod_uid));
        check_name(owner->job_id, sizeof(owner->job_id));
        check_name(owner->job_step, sizeof(owner->job_step));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const struct text path = { (const char *)data, size };
        struct text namespace, id;
        struct owner owner;

        for (unsigned is_cut = 0; is_cut < 2; is_cut++) {
                if (owner_may_be_containerd(path, is_cut, &namespace, &id) &&
                    (memchr(namespace.data, '/', namespace.length) || memchr(id.data, '/', id.length)))
                        abort();
                owner_from_cgroup(path, is_cut, &owner);
                check_owner(&owner);
        }
        return 0;
}
