#include "watch/containerd.h"

#include <stdio.h>
#include <sys/stat.h>

#define PATH_SIZE 1024

bool containerd_has_task_in(const char *tasks, struct text namespace, struct text id)
{
        char path[PATH_SIZE];
        struct stat status;
        int length = snprintf(path, sizeof(path), "%s/%.*s/%.*s", tasks, (int)namespace.length, namespace.data,
                              (int)id.length, id.data);

        return length > 0 && length < PATH_SIZE && stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool containerd_has_task(struct text namespace, struct text id)
{
        return containerd_has_task_in(CONTAINERD_TASKS, namespace, id);
}
