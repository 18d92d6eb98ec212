#include "alert/json_owner.h"

void json_add_owner(struct object *victim, const struct owner *owner)
{
        struct object container, pod, job;

        object_add_word(victim, "unit", owner->unit);
        object_add_word(victim, "user_unit", owner->user_unit);
        object_add_word(victim, "slice", owner->slice);
        container = object_begin_object(victim, "container");
        object_add_word(&container, "id", owner->container_id);
        object_add_word(&container, "runtime", owner->container_runtime);
        if (owner->has_container_name)
                object_add_word(&container, "name", owner->container_id);
        object_end(&container);
        pod = object_begin_object(victim, "pod");
        object_add_word(&pod, "uid", owner->pod_uid);
        object_end(&pod);
        job = object_begin_object(victim, "job");
        object_add_word(&job, "manager", owner->job_manager);
        object_add_word(&job, "id", owner->job_id);
        object_add_word(&job, "step", owner->job_step);
        object_end(&job);
}
