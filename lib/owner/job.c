/* lib/owner/job.c: jobs of batch systems. A job is recognised only where root's batch system makes its cgroups,
 * which is near the root of the tree, so that nobody can make a path that looks like another's job. */

#include "owner/walk.h"
#include "util/array.h"

/* Slurm: the unit that slurmstepd's daemons are in with cgroup v2, "NODE_slurmstepd.scope" where a machine is
 * several nodes (cgroup_v2.c of its plugin cgroup/v2). */
static bool is_slurm_unit(struct text name)
{
        return text_equal(name, TEXT("slurmstepd.scope")) || text_ends(name, TEXT("_slurmstepd.scope"));
}

/* With cgroup v1 "slurm/uid_N", or "slurm_NODE/uid_N". */
static bool is_slurm_user(struct text above)
{
        struct text node = text_eat_until(&above, '/');

        if (!text_eat(&node, TEXT("slurm")) || (node.length > 0 && !text_eat(&node, TEXT("_"))))
                return false;
        return text_eat(&above, TEXT("/uid_")) && all_are(above, is_digit);
}

/* From 25.11 on a job's cgroup has the name of its SLUID: 's' and 13 digits of Crockford's base 32. */
static bool is_sluid(struct text name)
{
        if (name.length != 14 || name.data[0] != 's')
                return false;
        for (size_t i = 1; i < name.length; i++)
                if (!memchr("0123456789ABCDEFGHJKMNPQRSTVWXYZ", name.data[i], 32))
                        return false;
        return true;
}

static bool read_slurm(const struct walk *walk, struct text *ret_id, struct text *ret_step)
{
        struct text id = walk->component;
        bool is_v2 = walk->parent_is_unit && !walk->is_users && is_slurm_unit(walk->parent);

        *ret_step = (struct text){ 0 };
        *ret_id = id;
        if (is_v2 && is_sluid(id))
                return true;
        if ((!is_v2 && !is_slurm_user(walk->above)) || !text_eat(&id, TEXT("job_")) || !all_are(id, is_digit))
                return false;
        *ret_id = id;
        return true;
}

/* "1234.server", "1234[5].server": OpenPBS and Torque. */
static bool is_pbs_id(struct text id)
{
        for (size_t i = 0; i < id.length; i++)
                if (!is_name_char(id.data[i]) && id.data[i] != '[' && id.data[i] != ']')
                        return false;
        return id.length > 0 && is_digit(id.data[0]);
}

/* OpenPBS: its hook pbs_cgroups, by version and cgroup_prefix; on v2 "jobs" for "jobid". */
static bool read_pbs(const struct walk *walk, struct text *ret_id, struct text *ret_step)
{
        static const char *const places[] = { "pbs_jobs.service/jobid", "pbs_jobs.service/jobs", "pbspro.service/jobid",
                                              "pbspro.service/jobs", "pbspro" };

        *ret_step = (struct text){ 0 };
        *ret_id = walk->component;
        for (size_t i = 0; i < COUNT(places); i++)
                if (text_equal(walk->above, text_from(places[i])))
                        return is_pbs_id(walk->component);
        return text_equal(walk->above, TEXT("pbspro.slice")) && text_eat(ret_id, TEXT("pbspro-")) &&
               text_eat_end(ret_id, TEXT(".slice")) && is_pbs_id(*ret_id);
}

static bool read_torque(const struct walk *walk, struct text *ret_id, struct text *ret_step)
{
        *ret_step = (struct text){ 0 };
        *ret_id = walk->component;
        return text_equal(walk->above, TEXT("torque")) && is_pbs_id(walk->component);
}

/* Nomad: "<allocation>.<task>", on v2 with ".scope"; from 1.7 on below "share.slice" or "reserve.slice" there. */
static bool read_nomad(const struct walk *walk, struct text *ret_id, struct text *ret_step)
{
        static const char *const places[] = { "nomad.slice", "nomad.slice/share.slice", "nomad.slice/reserve.slice" };
        struct text name = walk->component;
        bool is_place = text_equal(walk->above, TEXT("nomad"));

        for (size_t i = 0; i < COUNT(places); i++)
                if (text_equal(walk->above, text_from(places[i])))
                        is_place = text_eat_end(&name, TEXT(".scope"));
        *ret_id = text_until_offset(name, name.length < 36 ? name.length : 36);
        *ret_step = text_from_offset(name, ret_id->length);
        if (!is_place || !is_uuid(*ret_id, '-') || !text_eat(ret_step, TEXT(".")))
                return false;
        if (!all_are(*ret_step, is_name_char))
                *ret_step = (struct text){ 0 };
        return true;
}

static bool read_yarn(const struct walk *walk, struct text *ret_id, struct text *ret_step)
{
        *ret_step = (struct text){ 0 }; /* the container is told as such */
        return !walk->is_users && read_yarn_container(walk->component, ret_id);
}

/* HTCondor: its starter's folder and slot, "condor_var_lib_condor_execute_slot1_2@host", below BASE_CGROUP. The
 * job's id isn't in it. */
static bool read_htcondor(const struct walk *walk, struct text *ret_id, struct text *ret_step)
{
        static const char *const places[] = { "htcondor", "system.slice/htcondor", "system.slice/condor.service",
                                              "system.slice/condor.service/htcondor" };

        *ret_id = *ret_step = (struct text){ 0 };
        for (size_t i = 0; i < COUNT(places); i++)
                if (text_equal(walk->above, text_from(places[i])))
                        return text_starts(walk->component, TEXT("condor_")) &&
                               text_find(walk->component, TEXT("_slot"), 0) > 0;
        return false;
}

static const struct {
        const char *manager;
        bool (*read)(const struct walk *walk, struct text *ret_id, struct text *ret_step);
        const char *before_id;
} rules[] = {
        { "slurm", read_slurm, "" },           { "pbs", read_pbs, "" },
        { "torque", read_torque, "" },         { "nomad", read_nomad, "" },
        { "yarn", read_yarn, "application_" }, { "htcondor", read_htcondor, "" },
};

/* Slurm's step is the component after the job: "step_0", "step_batch". */
static void read_step(const struct walk *walk)
{
        struct text step = walk->component;

        if (text_equal(text_from(walk->owner->job_manager), TEXT("slurm")) && walk->depth == walk->job_depth + 1 &&
            text_eat(&step, TEXT("step_")) && all_are(step, is_name_char))
                copy_name(walk->owner->job_step, step);
}

void walk_read_job(struct walk *walk)
{
        struct owner *owner = walk->owner;
        struct text id, step;

        if (walk->job_depth > 0) {
                read_step(walk);
                return;
        }
        for (size_t i = 0; i < COUNT(rules); i++) {
                size_t length = strlen(rules[i].before_id);

                if (!rules[i].read(walk, &id, &step) || length + id.length > OWNER_NAME_MAX)
                        continue;
                owner->job_manager = rules[i].manager;
                memcpy(owner->job_id, rules[i].before_id, length);
                copy_name(owner->job_id + length, id);
                copy_name(owner->job_step, step);
                walk->job_depth = walk->depth;
                return;
        }
}
