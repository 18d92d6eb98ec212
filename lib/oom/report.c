/* lib/oom/report.c: names and paths go into a report cut at their limit. */

#include "oom/report.h"

void oom_name_set(struct oom_name *name, struct text text)
{
        size_t length = text.length < OOM_COMM_MAX ? text.length : OOM_COMM_MAX;

        name->known = true;
        name->length = (uint8_t)length;
        if (length > 0)
                memcpy(name->data, text.data, length);
}

void oom_path_set(struct oom_path *path, struct text text)
{
        size_t length = text.length < OOM_PATH_MAX ? text.length : OOM_PATH_MAX;

        path->known = true;
        path->length = (uint16_t)length;
        if (length > 0)
                memcpy(path->data, text.data, length);
}
