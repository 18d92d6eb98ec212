/* lib/owner/container.c, job.c: what an engine or a batch system, and its version, names its cgroups; beside each a
 * name that only looks like it. */

#include <inttypes.h>

#include "owner_rows.h"

/* One row is one line, or the path and below it what follows from it. */
/* clang-format off */

/* An id of BuildKit's. */
#define BUILD "jvifp9a6b1lxa1kuw8bwfcovf"
#define ALLOC "4744f0ea-7616-ab3a-a420-8e25056e3861"

START_TEST(test_an_engine_in_a_container)
{
        static const struct row rows[] = {
                /* dockerd in a container of docker, with --cgroup-parent= of its own cgroup; cgroup v1 */
                { "/docker/" H1 "/" H2, NULL, NULL, NULL, H2, NULL, NULL },
                { "/docker/" H1 "/" H2 "/" H1, NULL, NULL, NULL, H1, NULL, NULL },
                { "/system.slice/docker-" H1 ".scope/" H2, "docker-" H1 ".scope", NULL, "system.slice", H2, NULL, NULL },
                { "/docker/" H1 "/" H63, NULL, NULL, NULL, H1, "docker", NULL },
                { "/kubepods/burstable/pod" UID "/" H1 "/" H2, NULL, NULL, NULL, H2, NULL, UID },
                { "/machine.slice/libpod-" H1 ".scope/container/libpod_parent/libpod-" H2,
                  "libpod-" H1 ".scope", NULL, "machine.slice", H2, "podman", NULL },
                { "/lxc.payload.c1/system.slice/docker-" H1 ".scope", NULL, NULL, NULL, H1, "docker", NULL },
                { "/lxc.payload.c1/kubepods.slice/kubepods-pod" UID_ ".slice/cri-containerd-" H1 ".scope",
                  NULL, NULL, NULL, H1, "containerd", UID },
                { "/machine.slice/c1.scope/payload/system.slice/docker-" H1 ".scope",
                  "c1.scope", NULL, "machine.slice", H1, "docker", NULL },
                /* made by a program in the container, not next to it */
                { "/docker/" H1 "/inner/" H2, NULL, NULL, NULL, H1, "docker", NULL },
        };

        CHECK_ROWS(rows);
}
END_TEST

START_TEST(test_nspawn_of_two_systemds)
{
        static const struct row rows[] = {
                /* 252, cgroup v1: no payload */
                { "/machine.slice/machine-shop\\x2dpid1.scope",
                  "machine-shop\\x2dpid1.scope", NULL, "machine.slice", "shop-pid1", "systemd-nspawn", NULL },
                { "/machine.slice/machine-shop.scope/system.slice/nginx.service",
                  "machine-shop.scope", NULL, "machine.slice", "shop", "systemd-nspawn", NULL },
                /* 252, cgroup v2 */
                { "/machine.slice/machine-shop.scope/payload/system.slice/nginx.service",
                  "machine-shop.scope", NULL, "machine.slice", "shop", "systemd-nspawn", NULL },
                /* 262 */
                { "/machine.slice/shop-pid1.scope/payload",
                  "shop-pid1.scope", NULL, "machine.slice", "shop-pid1", "systemd-nspawn", NULL },
                { "/machine.slice/shop.scope/payload/init.scope",
                  "shop.scope", NULL, "machine.slice", "shop", "systemd-nspawn", NULL },
                { "/machine.slice/shop.scope/supervisor", "shop.scope", NULL, "machine.slice", NULL, NULL, NULL },
                { "/machine.slice/shop.scope", "shop.scope", NULL, "machine.slice", NULL, NULL, NULL },
                { "/system.slice/shop.scope/payload", "shop.scope", NULL, "system.slice", NULL, NULL, NULL },
                { "/machine.slice/shop.service/payload", "shop.service", NULL, "machine.slice", NULL, NULL, NULL },
                { "/machine.slice/systemd-nspawn@shop.service/payload",
                  "systemd-nspawn@shop.service", NULL, "machine.slice", "shop", "systemd-nspawn", NULL },
                /* libvirt's machines, and those of a user, who has no machined of that kind */
                { "/machine.slice/machine-qemu\\x2d17\\x2ddb.scope",
                  "machine-qemu\\x2d17\\x2ddb.scope", NULL, "machine.slice", NULL, NULL, NULL },
                { "/machine.slice/machine-qemu\\x2dbox.scope",
                  "machine-qemu\\x2dbox.scope", NULL, "machine.slice", "qemu-box", "systemd-nspawn", NULL },
                { "/user.slice/user-1000.slice/user@1000.service/machine.slice/machine-a.scope",
                  "user@1000.service", "machine-a.scope", "user-1000.slice", NULL, NULL, NULL },
                /* made by a service below itself */
                { "/system.slice/a.service/machine-b.scope", "a.service", NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/a.service/systemd-nspawn@b.service",
                  "a.service", NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/a.service/machine.slice/b.scope/payload",
                  "a.service", NULL, "system.slice", NULL, NULL, NULL },
        };

        CHECK_ROWS(rows);
}
END_TEST

START_TEST(test_builds_and_other_engines)
{
        static const struct row rows[] = {
                /* dockerd: cgroupfs driver, systemd driver; buildkitd */
                { "/docker/" BUILD, NULL, NULL, NULL, BUILD, "buildkit", NULL },
                { "/docker/buildkit/" BUILD, NULL, NULL, NULL, BUILD, "buildkit", NULL },
                { "/buildkit/" BUILD, NULL, NULL, NULL, BUILD, "buildkit", NULL },
                { "/system.slice/system.slice:docker:" BUILD, NULL, NULL, "system.slice", BUILD, "buildkit", NULL },
                { "/system.slice/docker.service/system.slice:docker:" BUILD,
                  "docker.service", NULL, "system.slice", BUILD, "buildkit", NULL },
                { "/docker/" H1 "/buildkit/" BUILD, NULL, NULL, NULL, BUILD, "buildkit", NULL },
                { "/buildkit/" BUILD "0", NULL, NULL, NULL, NULL, NULL, NULL },
                { "/" BUILD, NULL, NULL, NULL, NULL, NULL, NULL },
                /* Mesos 1.2 on: nested containers below the first */
                { "/mesos/168b386b-893f-478e-bbf1-209482231b88",
                  NULL, NULL, NULL, "168b386b-893f-478e-bbf1-209482231b88", "mesos", NULL },
                { "/mesos/168b386b-893f-478e-bbf1-209482231b88/mesos/" UID, NULL, NULL, NULL, UID, "mesos", NULL },
                { "/mesos/168b386b-893f-478e-bbf1-209482231b88/x/mesos/" UID,
                  NULL, NULL, NULL, "168b386b-893f-478e-bbf1-209482231b88", "mesos", NULL },
                { "/srv/mesos/" UID, NULL, NULL, NULL, NULL, NULL, NULL },
                { "/mesos/web", NULL, NULL, NULL, NULL, NULL, NULL },
                /* Talos 1.5 to 1.11 */
                { "/podruntime/kubelet", NULL, NULL, NULL, "kubelet", "talos", NULL },
                { "/podruntime/etcd", NULL, NULL, NULL, "etcd", "talos", NULL },
                { "/system/apid", NULL, NULL, NULL, "apid", "talos", NULL },
                { "/system/extensions/iscsid", NULL, NULL, NULL, "iscsid", "talos", NULL },
                { "/system/shop", NULL, NULL, NULL, NULL, NULL, NULL },
                { "/system/apid2", NULL, NULL, NULL, NULL, NULL, NULL },
                { "/srv/system/apid", NULL, NULL, NULL, NULL, NULL, NULL },
                { "/srv/podruntime/etcd", NULL, NULL, NULL, NULL, NULL, NULL },
                { "/init", NULL, NULL, NULL, NULL, NULL, NULL },
        };

        CHECK_ROWS(rows);
}
END_TEST

/* A user makes any name below his own manager. What only root's engine makes isn't told of there; the rootless mode
 * of an engine is. */
START_TEST(test_names_that_a_user_made)
{
#define MINE "/user.slice/user-1000.slice/user@1000.service/app.slice/a.service"
        static const struct row rows[] = {
                { MINE "/docker/" H1, "user@1000.service", "a.service", "user-1000.slice", H1, NULL, NULL },
                { MINE "/k8s.io/" H1, "user@1000.service", "a.service", "user-1000.slice", H1, NULL, NULL },
                { MINE "/machine-b.scope", "user@1000.service", "a.service", "user-1000.slice", NULL, NULL, NULL },
                { MINE "/mesos/" UID, "user@1000.service", "a.service", "user-1000.slice", NULL, NULL, NULL },
                { MINE "/podruntime/etcd", "user@1000.service", "a.service", "user-1000.slice", NULL, NULL, NULL },
                { MINE "/apps/uid_0/pid_1", "user@1000.service", "a.service", "user-1000.slice", NULL, NULL, NULL },
                /* real: podman, docker's rootless mode with the systemd driver, LXC */
                { "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" H1 ".scope/container",
                  "user@1000.service", "libpod-" H1 ".scope", "user-1000.slice", H1, "podman", NULL },
                { "/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" H1 ".scope",
                  "user@1000.service", "docker-" H1 ".scope", "user-1000.slice", H1, "docker", NULL },
                { "/user.slice/user-1000.slice/user@1000.service/app.slice/lxc-1.scope/lxc.payload.c1",
                  "user@1000.service", "lxc-1.scope", "user-1000.slice", "c1", "lxc", NULL },
        };

        CHECK_ROWS(rows);
}
END_TEST

struct job_row {
        const char *path;
        const char *manager, *id, *step, *container;
};

static void check_jobs(const struct job_row *rows, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                const struct job_row *row = &rows[i];
                struct owner owner;

                owner_from_cgroup(text_from(row->path), false, &owner);
                ck_assert_msg(same(owner.job_manager, row->manager), "%s: manager %s", row->path,
                              owner.job_manager ? owner.job_manager : "none");
                ck_assert_msg(same(owner.job_id, row->id), "%s: job %s", row->path, owner.job_id);
                ck_assert_msg(same(owner.job_step, row->step), "%s: step %s", row->path, owner.job_step);
                ck_assert_msg(same(owner.container_id, row->container), "%s: container %s", row->path,
                              owner.container_id);
        }
}

START_TEST(test_jobs)
{
        static const struct job_row rows[] = {
                /* Slurm, cgroup v1; several nodes on a machine */
                { "/slurm/uid_1000/job_4711/step_0/task_0", "slurm", "4711", "0", NULL },
                { "/slurm/uid_1000/job_4711/step_batch", "slurm", "4711", "batch", NULL },
                { "/slurm/uid_1000/job_4711", "slurm", "4711", NULL, NULL },
                { "/slurm_gpu021/uid_1609111/job_59120608/step_extern", "slurm", "59120608", "extern", NULL },
                { "/slurm/uid_1000", NULL, NULL, NULL, NULL },
                { "/slurm/uid_x/job_1", NULL, NULL, NULL, NULL },
                { "/slurm/job_1", NULL, NULL, NULL, NULL },
                { "/slurmx/uid_1/job_1", NULL, NULL, NULL, NULL },
                { "/srv/slurm/uid_1/job_1", NULL, NULL, NULL, NULL },
                /* 22.05 on, cgroup v2; 25.11 on by SLUID */
                { "/system.slice/slurmstepd.scope/job_12/step_batch/user/task_0", "slurm", "12", "batch", NULL },
                { "/system.slice/slurmstepd.scope/job_12/step_interactive/user/task_special", "slurm", "12", "interactive", NULL },
                { "/system.slice/gx10-ac12_slurmstepd.scope/job_12/step_3/user/task_0", "slurm", "12", "3", NULL },
                { "/system.slice/slurmstepd.scope/job_12/step_0/slurm", "slurm", "12", "0", NULL },
                { "/hpc.slice/slurmstepd.scope/job_12", "slurm", "12", NULL, NULL },
                { "/system.slice/slurmstepd.scope/s0123456789ABC/step_0/user/task_0", "slurm", "s0123456789ABC", "0", NULL },
                { "/system.slice/slurmstepd.scope/s0123456789ABI/step_0", NULL, NULL, NULL, NULL },
                { "/system.slice/slurmstepd.scope/system", NULL, NULL, NULL, NULL },
                { "/system.slice/slurmstepd.scope/job_12/user/step_0", "slurm", "12", NULL, NULL },
                { "/system.slice/slurmstepd.scope/job_12/step_0/user/task_0/docker/" H1, "slurm", "12", "0", H1 },
                { "/system.slice/a.service/slurmstepd.scope/job_12", NULL, NULL, NULL, NULL },
                { "/user.slice/user-1000.slice/user@1000.service/app.slice/slurmstepd.scope/job_12/step_0",
                  NULL, NULL, NULL, NULL },
                { "/user.slice/user-1000.slice/user@1000.service/app.slice/slurm/uid_0/job_12", NULL, NULL, NULL, NULL },
                /* OpenPBS: v1, v2, before 19 */
                { "/pbs_jobs.service/jobid/2404743.opbs", "pbs", "2404743.opbs", NULL, NULL },
                { "/pbs_jobs.service/jobs/2404743.opbs", "pbs", "2404743.opbs", NULL, NULL },
                { "/pbs_jobs.service/jobid/12[3].opbs", "pbs", "12[3].opbs", NULL, NULL },
                { "/pbspro.slice/pbspro-12.opbs.slice", "pbs", "12.opbs", NULL, NULL },
                { "/pbs_jobs.service/jobid", NULL, NULL, NULL, NULL },
                { "/pbs_jobs.service/jobid/x", NULL, NULL, NULL, NULL },
                /* Torque 6 */
                { "/torque/88.head.example.org", "torque", "88.head.example.org", NULL, NULL },
                { "/torque/88.head.example.org/R0.t0", "torque", "88.head.example.org", NULL, NULL },
                { "/torque", NULL, NULL, NULL, NULL },
                { "/srv/torque/88.head", NULL, NULL, NULL, NULL },
                /* Nomad: v2 before and from 1.7, v1 */
                { "/nomad.slice/" ALLOC ".web.scope", "nomad", ALLOC, "web", NULL },
                { "/nomad.slice/share.slice/" ALLOC ".web-1.x.scope", "nomad", ALLOC, "web-1.x", NULL },
                { "/nomad.slice/reserve.slice/" ALLOC ".web.scope/leaf", "nomad", ALLOC, "web", NULL },
                { "/nomad/" ALLOC ".web", "nomad", ALLOC, "web", NULL },
                { "/nomad/" ALLOC ".my task", "nomad", ALLOC, NULL, NULL },
                { "/nomad/" ALLOC, NULL, NULL, NULL, NULL },
                { "/nomad.slice/share.slice/docker-" H1 ".scope", NULL, NULL, NULL, H1 },
                { "/nomad.slice/x.slice/" ALLOC ".web.scope", NULL, NULL, NULL, NULL },
                /* Hadoop YARN: without and with an epoch; with docker in it */
                { "/hadoop-yarn/container_1558621002730_0013_01_000002", "yarn", "application_1558621002730_0013",
                  NULL, "container_1558621002730_0013_01_000002" },
                { "/yarn/container_e17_1410901177871_0001_01_000005", "yarn", "application_1410901177871_0001",
                  NULL, "container_e17_1410901177871_0001_01_000005" },
                { "/hadoop-yarn/container_1558621002730_0013_01_000002/" H1, "yarn", "application_1558621002730_0013",
                  NULL, H1 },
                { "/hadoop-yarn/container_1558621002730_0013_01", NULL, NULL, NULL, NULL },
                { "/hadoop-yarn/container_e_1410901177871_0001_01_000005", NULL, NULL, NULL, NULL },
                { "/hadoop-yarn", NULL, NULL, NULL, NULL },
                /* HTCondor: 8 and 23; a slot, no job */
                { "/htcondor/condor_var_lib_condor_execute_slot1", "htcondor", NULL, NULL, NULL },
                { "/system.slice/htcondor/condor_var_lib_condor_execute_slot1_23@node", "htcondor", NULL, NULL, NULL },
                { "/system.slice/condor.service", NULL, NULL, NULL, NULL },
                { "/system.slice/a.service/htcondor/condor_x_slot1", NULL, NULL, NULL, NULL },
        };

        check_jobs(rows, sizeof(rows) / sizeof(rows[0]));
}
END_TEST

START_TEST(test_uid_of_android)
{
        static const struct {
                const char *path;
                int64_t uid;
        } rows[] = {
                { "/apps/uid_10198", 10198 },
                { "/apps/uid_10198/pid_4711", 10198 },
                { "/system/uid_1000/pid_612", 1000 },
                { "/uid_10137/pid_1", 10137 },
                { "/apps/uid_", OWNER_UID_UNKNOWN },
                { "/apps/uid_1x", OWNER_UID_UNKNOWN },
                { "/apps/uid_4294967294", 4294967294 },
                { "/apps/uid_4294967295", OWNER_UID_UNKNOWN },
                { "/apps/uid_99999999999999999999", OWNER_UID_UNKNOWN },
                { "/slurm/uid_1000/job_1", OWNER_UID_UNKNOWN },
                { "/srv/apps/uid_0", OWNER_UID_UNKNOWN },
        };
        struct owner owner;

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                owner_from_cgroup(text_from(rows[i].path), false, &owner);
                ck_assert_msg(owner.uid == rows[i].uid, "%s: %" PRId64, rows[i].path, owner.uid);
        }
}
END_TEST

/* Of a path that is cut, the last component may be a part of a name. */
START_TEST(test_cut_path)
{
        static const struct row rows[] = {
                { "/system.slice/shop.service/wor", "shop.service", NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/shop.service/", "shop.service", NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/shop.service", NULL, NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice", NULL, NULL, NULL, NULL, NULL, NULL },
                { "/system.slice/docker-" H1 ".scope/", "docker-" H1 ".scope", NULL, "system.slice", H1, "docker", NULL },
                { "/system.slice/docker-" H1 ".scope", NULL, NULL, "system.slice", NULL, NULL, NULL },
                { "/docker/" H1, NULL, NULL, NULL, NULL, NULL, NULL },
                { "/docker/" H1 "/" H2, NULL, NULL, NULL, H1, "docker", NULL },
                { "/lxc.payload.web", NULL, NULL, NULL, NULL, NULL, NULL },
                { "/kubepods/pod" UID "/" H1, NULL, NULL, NULL, NULL, NULL, UID },
                /* the beginning of "payload" may go on with another name; that of "supervisor" too, and then it is
                 * the container */
                { "/machine.slice/c1.scope/payload", "c1.scope", NULL, "machine.slice", NULL, NULL, NULL },
                { "/machine.slice/systemd-nspawn@c1.service/super",
                  "systemd-nspawn@c1.service", NULL, "machine.slice", NULL, NULL, NULL },
                { "/machine.slice/systemd-nspawn@c1.service/pay",
                  "systemd-nspawn@c1.service", NULL, "machine.slice", "c1", "systemd-nspawn", NULL },
                { "/", NULL, NULL, NULL, NULL, NULL, NULL },
                { "", NULL, NULL, NULL, NULL, NULL, NULL },
        };
        struct owner owner;

        check_rows(rows, sizeof(rows) / sizeof(rows[0]), true);
        owner_from_cgroup(TEXT("/slurm/uid_1/job_47"), true, &owner);
        ck_assert_str_eq(owner.job_id, "");
        owner_from_cgroup(TEXT("/slurm/uid_1/job_47/step_1"), true, &owner);
        ck_assert_str_eq(owner.job_id, "47");
        ck_assert_str_eq(owner.job_step, "");
}
END_TEST

/* containerd's own client: the machine has to confirm it. */
START_TEST(test_what_may_be_containerd)
{
        static const struct {
                const char *path;
                bool is_cut;
                const char *namespace, *id; /* NULL: it may not be */
        } rows[] = {
                { "/default/web", false, "default", "web" },
                { "/default/web/worker", false, "default", "web" },
                { "/shop.eu/web-1_a.b", false, "shop.eu", "web-1_a.b" },
                { "/default/web", true, NULL, NULL },
                { "/default/web/work", true, "default", "web" },
                { "/default", false, NULL, NULL },
                { "/", false, NULL, NULL },
                { "/..", false, NULL, NULL },
                { "/../..", false, NULL, NULL },
                { "/default/..", false, NULL, NULL },
                { "/default/.web", false, NULL, NULL },
                { "/default/web-", false, NULL, NULL },
                { "/default/we--b", false, NULL, NULL },
                { "/default/a b", false, NULL, NULL },
                /* somebody else's */
                { "/system.slice/nginx.service", false, NULL, NULL },
                { "/system.slice/worker", false, NULL, NULL },
                { "/init.scope/a", false, NULL, NULL },
                { "/default/" H1, false, NULL, NULL },
                { "/lxc.payload.c1/web", false, NULL, NULL },
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct text namespace, id;
                bool may_be = owner_may_be_containerd(text_from(rows[i].path), rows[i].is_cut, &namespace, &id);

                ck_assert_msg(may_be == (rows[i].id != NULL), "%s", rows[i].path);
                ck_assert_msg(!may_be || (text_equal(namespace, text_from(rows[i].namespace)) &&
                                          text_equal(id, text_from(rows[i].id))), "%s", rows[i].path);
        }
}
END_TEST

/* clang-format on */

TEST_MAIN("owner_engines", CASE(test_an_engine_in_a_container), CASE(test_nspawn_of_two_systemds),
          CASE(test_builds_and_other_engines), CASE(test_names_that_a_user_made), CASE(test_jobs),
          CASE(test_uid_of_android), CASE(test_cut_path), CASE(test_what_may_be_containerd))
