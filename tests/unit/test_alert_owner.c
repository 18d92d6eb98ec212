/* lib/alert: whose the victim was, in every form of the alert. */

#include "alert/journal.h"
#include "alert/plain.h"
#include "alert_fixture.h"

static void set_cgroup(struct fixture *fixture, const char *path, bool is_cut)
{
        oom_path_set(&fixture->incident.victim.task_memcg, text_from(path));
        fixture->incident.victim.task_memcg.is_cut = is_cut;
        oom_path_set(&fixture->report.limit_memcg, TEXT("/"));
}

/* Whether the journal's entry has this field. */
static bool has_field(const struct fixture *fixture, const char *field)
{
        struct alert_fields fields;
        bool has = false;

        ck_assert_int_eq(alert_to_fields(&fixture->alert, TEXT("{}"), &fields), 0);
        for (size_t i = 0; i < (size_t)fields.n_fields; i++)
                has |= text_equal((struct text){ fields.fields[i].iov_base, fields.fields[i].iov_len },
                                  text_from(field));
        alert_fields_done(&fields);
        return has;
}

static bool has_text(const struct fixture *fixture, const char *words)
{
        char *text = alert_to_text(&fixture->alert);
        bool has;

        ck_assert_ptr_nonnull(text);
        has = strstr(text, words) != NULL;
        free(text);
        return has;
}

START_TEST(test_job)
{
        struct fixture *fixture = fixture_new_kill();

        set_cgroup(fixture, "/system.slice/slurmstepd.scope/job_4711/step_batch/user/task_0", false);
        fixture_render(fixture);
        check_string(fixture, "victim.job.manager", TEXT("slurm"));
        check_string(fixture, "victim.job.id", TEXT("4711"));
        check_string(fixture, "victim.job.step", TEXT("batch"));
        check_string(fixture, "victim.unit", TEXT("slurmstepd.scope"));
        ck_assert_ptr_nonnull(strstr(fixture->alert.summary, "of slurm job 4711, step batch was killed"));
        ck_assert(has_field(fixture, "OOM_VICTIM_JOB_MANAGER=slurm"));
        ck_assert(has_field(fixture, "OOM_VICTIM_JOB_ID=4711"));
        ck_assert(has_field(fixture, "OOM_VICTIM_JOB_STEP=batch"));
        ck_assert(has_text(fixture, "slurm job 4711, step batch, unit slurmstepd.scope"));
        fixture_free(fixture);

        fixture = fixture_new_kill();
        set_cgroup(fixture, "/htcondor/condor_var_lib_condor_execute_slot1", false);
        fixture_render(fixture);
        check_string(fixture, "victim.job.manager", TEXT("htcondor"));
        ck_assert_ptr_null(at(fixture, "victim.job.id"));
        ck_assert_ptr_nonnull(strstr(fixture->alert.summary, "of htcondor job was killed"));
        fixture_free(fixture);

        fixture = fixture_new_kill();
        set_cgroup(fixture, "/system.slice/nginx.service", false);
        fixture_render(fixture);
        ck_assert_ptr_null(at(fixture, "victim.job"));
        fixture_free(fixture);
}
END_TEST

START_TEST(test_service_of_talos)
{
        struct fixture *fixture = fixture_new_kill();

        set_cgroup(fixture, "/podruntime/runtime", false);
        fixture_render(fixture);
        check_string(fixture, "victim.container.runtime", TEXT("talos"));
        ck_assert_ptr_nonnull(strstr(fixture->alert.summary, "of talos service runtime was killed"));
        fixture_free(fixture);
}
END_TEST

START_TEST(test_cut_cgroup)
{
        struct fixture *fixture = fixture_new_kill();

        set_cgroup(fixture, "/system.slice/nginx.service/work", true);
        fixture_render(fixture);
        check_string(fixture, "victim.cgroup", TEXT("/system.slice/nginx.service/work"));
        ck_assert(json_object_get_boolean(at(fixture, "victim.cgroup_cut")));
        check_string(fixture, "victim.unit", TEXT("nginx.service"));
        ck_assert(!json_object_get_boolean(at(fixture, "source.complete")));
        ck_assert_str_eq(json_object_get_string(json_object_array_get_idx(at(fixture, "source.missing"), 0)), "cgroup");
        ck_assert_ptr_null(at(fixture, "limit.cgroup_cut"));
        ck_assert(has_field(fixture, "OOM_VICTIM_CGROUP_CUT=1"));
        ck_assert(has_text(fixture, "(its end is missing) /system.slice/nginx.service/work"));
        fixture_free(fixture);

        /* the name itself may be cut */
        fixture = fixture_new_kill();
        set_cgroup(fixture, "/system.slice/nginx.service", true);
        fixture_render(fixture);
        ck_assert_ptr_null(at(fixture, "victim.unit"));
        check_string(fixture, "victim.slice", TEXT("system.slice"));
        fixture_free(fixture);

        fixture = fixture_new_kill();
        set_cgroup(fixture, "/system.slice/nginx.service/a", false);
        oom_path_set(&fixture->report.limit_memcg, TEXT("/system.slice"));
        fixture->report.limit_memcg.is_cut = true;
        fixture_render(fixture);
        ck_assert(json_object_get_boolean(at(fixture, "limit.cgroup_cut")));
        ck_assert_ptr_null(at(fixture, "limit.unit"));
        ck_assert_ptr_null(at(fixture, "victim.cgroup_cut"));
        ck_assert_str_eq(json_object_get_string(json_object_array_get_idx(at(fixture, "source.missing"), 0)), "limit");
        ck_assert(has_field(fixture, "OOM_LIMIT_CGROUP_CUT=1"));
        fixture_free(fixture);
}
END_TEST

/* /proc has the whole path as long as the victim is there. */
START_TEST(test_cut_cgroup_that_was_seen_whole)
{
        struct fixture *fixture = fixture_new_kill();

        set_cgroup(fixture, "/system.slice/ngi", true);
        fixture->context.victim_cgroup = TEXT("/system.slice/nginx.service");
        fixture_render(fixture);
        check_string(fixture, "victim.cgroup", TEXT("/system.slice/nginx.service"));
        check_string(fixture, "victim.unit", TEXT("nginx.service"));
        ck_assert_ptr_null(at(fixture, "victim.cgroup_cut"));
        ck_assert(json_object_get_boolean(at(fixture, "source.complete")));
        fixture_free(fixture);

        /* seen elsewhere: v1 moves a dying process to the root */
        fixture = fixture_new_kill();
        set_cgroup(fixture, "/system.slice/ngi", true);
        fixture->context.victim_cgroup = TEXT("/system.slice/other.service");
        fixture_render(fixture);
        check_string(fixture, "victim.cgroup", TEXT("/system.slice/ngi"));
        ck_assert(json_object_get_boolean(at(fixture, "victim.cgroup_cut")));
        fixture_free(fixture);
}
END_TEST

static bool has_web_alone(struct text namespace, struct text id)
{
        return text_equal(namespace, TEXT("default")) && text_equal(id, TEXT("web"));
}

START_TEST(test_task_of_containerd)
{
        static const struct {
                const char *path;
                bool has_machine;
                const char *id;
        } rows[] = {
                { "/default/web", true, "web" },
                { "/default/web/worker", true, "web" },
                { "/default/web", false, NULL },
                { "/default/db", true, NULL },
                { "/system.slice/default/web", true, NULL },
        };

        for (size_t i = 0; i < COUNT(rows); i++) {
                struct fixture *fixture = fixture_new_kill();

                set_cgroup(fixture, rows[i].path, false);
                if (rows[i].has_machine)
                        fixture->context.is_containerd_task = has_web_alone;
                fixture_render(fixture);
                if (rows[i].id) {
                        check_string(fixture, "victim.container.id", text_from(rows[i].id));
                        check_string(fixture, "victim.container.name", text_from(rows[i].id));
                        check_string(fixture, "victim.container.runtime", TEXT("containerd"));
                } else {
                        ck_assert_msg(at(fixture, "victim.container") == NULL, "%s", rows[i].path);
                }
                fixture_free(fixture);
        }
}
END_TEST

START_TEST(test_container_of_the_kill_line)
{
        struct fixture *fixture = fixture_new(OOM_TYPE_KILL);
        struct oom_victim *victim = &fixture->incident.victim;

        fixture->report.scope = OOM_SCOPE_MEMCG;
        memcpy(victim->container.data, "4711", 4);
        victim->container.length = 4;
        victim->is_container_limit = true;
        victim->rss_bytes = 4096;
        victim->swap_bytes = 8192;
        fixture_render(fixture);
        check_string(fixture, "victim.container.id", TEXT("4711"));
        check_string(fixture, "victim.container.runtime", TEXT("openvz"));
        ck_assert_int_eq(json_object_get_int64(at(fixture, "victim.rss_bytes")), 4096);
        ck_assert_int_eq(json_object_get_int64(at(fixture, "victim.swap_bytes")), 8192);
        ck_assert_ptr_nonnull(strstr(fixture->alert.summary,
                                     "of openvz container 4711 was killed: a limit of that container was reached"));
        ck_assert(has_text(fixture, "resident 4 KiB, swap 8 KiB"));
        fixture_free(fixture);

        /* docker in it is the inner one */
        fixture = fixture_new_kill();
        set_cgroup(fixture, "/101/lxc/web", false);
        memcpy(fixture->incident.victim.container.data, "101", 3);
        fixture->incident.victim.container.length = 3;
        fixture_render(fixture);
        check_string(fixture, "victim.container.id", TEXT("web"));
        fixture_free(fixture);
}
END_TEST

START_TEST(test_uid_that_only_the_cgroup_has)
{
        struct fixture *fixture = fixture_new_kill();

        set_cgroup(fixture, "/apps/uid_10198/pid_1234", false);
        fixture->incident.victim.uid = OOM_UNKNOWN;
        fixture_render(fixture);
        ck_assert_int_eq(json_object_get_int64(at(fixture, "victim.uid")), 10198);
        ck_assert(has_field(fixture, "OOM_VICTIM_UID=10198"));
        fixture_free(fixture);

        fixture = fixture_new_kill();
        set_cgroup(fixture, "/apps/uid_10198/pid_1234", false);
        fixture->incident.victim.uid = 99001;
        fixture_render(fixture);
        ck_assert_int_eq(json_object_get_int64(at(fixture, "victim.uid")), 99001);
        fixture_free(fixture);
}
END_TEST

TEST_MAIN("alert_owner", CASE(test_job), CASE(test_service_of_talos), CASE(test_cut_cgroup),
          CASE(test_cut_cgroup_that_was_seen_whole), CASE(test_task_of_containerd),
          CASE(test_container_of_the_kill_line), CASE(test_uid_that_only_the_cgroup_has))
