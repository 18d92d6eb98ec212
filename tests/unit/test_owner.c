/* lib/owner/owner.h: one row per convention, and beside each a name that only looks like it. */

#include <inttypes.h>

#include "harness.h"
#include "owner/owner.h"

#define H1   "a1b2c3d4e5f60718293a4b5c6d7e8f900112233445566778899aabbccddeeff0"
#define H2   "0000000000000000000000000000000000000000000000000000000000000002"
#define H63  "a1b2c3d4e5f60718293a4b5c6d7e8f900112233445566778899aabbccddeeff"
#define HBIG "A1B2C3D4E5F60718293A4B5C6D7E8F900112233445566778899AABBCCDDEEFF0"
#define UID  "0f6d1c9e-5a3b-4c2d-9e8f-7a6b5c4d3e2f"
#define UID_ "0f6d1c9e_5a3b_4c2d_9e8f_7a6b5c4d3e2f"
#define HASH "36b6d6be73b1065af369b3985edafa09"
#define KUBE "/kubepods.slice/kubepods-burstable.slice/"

struct row {
        const char *path;
        const char *unit, *user_unit, *slice, *container, *runtime, *pod; /* NULL: not known */
};

static bool same(const char *got, const char *expected)
{
        return strcmp(got ? got : "", expected ? expected : "") == 0;
}

static void check_rows(const struct row *rows, size_t count, bool is_cut)
{
        for (size_t i = 0; i < count; i++) {
                const struct row *row = &rows[i];
                struct owner owner;

                owner_from_cgroup(text_from(row->path), is_cut, &owner);
                ck_assert_msg(same(owner.unit, row->unit), "%s: unit %s", row->path, owner.unit);
                ck_assert_msg(same(owner.user_unit, row->user_unit), "%s: user unit %s", row->path, owner.user_unit);
                ck_assert_msg(same(owner.slice, row->slice), "%s: slice %s", row->path, owner.slice);
                ck_assert_msg(same(owner.container_id, row->container), "%s: container %s", row->path,
                              owner.container_id);
                ck_assert_msg(same(owner.container_runtime, row->runtime), "%s: runtime %s", row->path,
                              owner.container_runtime);
                ck_assert_msg(same(owner.pod_uid, row->pod), "%s: pod %s", row->path, owner.pod_uid);
        }
}

/* One row is one line, or the path and below it what follows from it. */
/* clang-format off */
#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]), false)

START_TEST(test_units_are_those_that_systemd_sees)
{
        static const struct row rows[] = {
                { "/system.slice/nginx.service", "nginx.service", NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/nginx.service/", "nginx.service", NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/nginx.service/worker/1", "nginx.service", NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/foo\\x2dbar.service", "foo\\x2dbar.service", NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/we\\x20ird\\x2cname.service",
                  "we\\x20ird\\x2cname.service", NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/system-tmpl.slice/tmpl@inst-a.service",
                  "tmpl@inst-a.service", NULL, "system-tmpl.slice", NULL, NULL, NULL },
                { "/system.slice/a@b@c.service", "a@b@c.service", NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/_cpu.service/x", "cpu.service", NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/__x.service", "_x.service", NULL, "system.slice", NULL, NULL, NULL },
                { "/_system.slice/a.service", "a.service", NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/dbus.socket", "dbus.socket", NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/home.mount", "home.mount", NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/dev-sda2.swap", "dev-sda2.swap", NULL, "system.slice", NULL, NULL, NULL },
                { "/init.scope", "init.scope", NULL, "-.slice", NULL, NULL, NULL },
                { "/a.service", "a.service", NULL, "-.slice", NULL, NULL, NULL },
                { "/user.slice/user-1000.slice/session-2.scope",
                  "session-2.scope", NULL, "user-1000.slice", NULL, NULL, NULL },
                /* a slice by itself is nobody's unit */
                { "/system.slice", NULL, NULL, "system.slice", NULL, NULL, NULL },
                { "/user.slice/user-1000.slice/", NULL, NULL, "user-1000.slice", NULL, NULL, NULL },
                { "/system.slice/worker", NULL, NULL, "system.slice", NULL, NULL, NULL },
                { "/", NULL, NULL, NULL, NULL, NULL, NULL },
                { "", NULL, NULL, NULL, NULL, NULL, NULL },
                { "//", NULL, NULL, NULL, NULL, NULL, NULL },
        };

        CHECK_ROWS(rows);
}
END_TEST

START_TEST(test_names_that_are_no_units)
{
        static const struct row rows[] = {
                { "/system.slice/getty@.service", NULL, NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/@x.service", NULL, NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/getty####@tty6.service/xxx", NULL, NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/a b.service", NULL, NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/a\nb.service", NULL, NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/\033[31m.service", NULL, NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/\xc3\xbc.service", NULL, NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/.service", NULL, NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/a.servic", NULL, NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/a.servicex", NULL, NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/a.timer", NULL, NULL, "system.slice", NULL, NULL, NULL },
                { "/-.slice/a.service", "a.service", NULL, "-.slice", NULL, NULL, NULL },
                { "/-a.slice/a.service", "a.service", NULL, "-a.slice", NULL, NULL, NULL },
                { "/a@b.slice/a.service", NULL, NULL, NULL, NULL, NULL, NULL },
                { "/.slice/a.service", NULL, NULL, NULL, NULL, NULL, NULL },
                { "/../../system.slice/a.service", NULL, NULL, NULL, NULL, NULL, NULL },
        };

        CHECK_ROWS(rows);
}
END_TEST

START_TEST(test_units_of_a_user)
{
        static const struct row rows[] = {
                { "/user.slice/user-1000.slice/user@1000.service/app.slice/run-r0123456789abcdef0123456789abcdef.scope",
                  "user@1000.service", "run-r0123456789abcdef0123456789abcdef.scope", "user-1000.slice", NULL, NULL, NULL },
                { "/user.slice/user-1000.slice/user@1000.service/app.slice/app-org.chromium\\x2dbrowser-77.scope/tab",
                  "user@1000.service", "app-org.chromium\\x2dbrowser-77.scope", "user-1000.slice", NULL, NULL, NULL },
                { "/user.slice/user-1000.slice/user@1000.service/init.scope",
                  "user@1000.service", "init.scope", "user-1000.slice", NULL, NULL, NULL },
                { "/user.slice/user-1000.slice/user@1000.service",
                  "user@1000.service", NULL, "user-1000.slice", NULL, NULL, NULL },
                { "/user.slice/user-1000.slice/user@1000.service/app.slice/x/a.service",
                  "user@1000.service", NULL, "user-1000.slice", NULL, NULL, NULL },
                { "/user.slice/user-1000.slice/user@x.service/app.slice/a.service",
                  "user@x.service", NULL, "user-1000.slice", NULL, NULL, NULL },
                { "/user.slice/user-1000.slice/user@.service/a.service",
                  NULL, NULL, "user-1000.slice", NULL, NULL, NULL },
                { "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" H1 ".scope/container",
                  "user@1000.service", "libpod-" H1 ".scope", "user-1000.slice", H1, "podman", NULL },
                { "/user.slice/user-1000.slice/user@1000.service/app.slice/web.service/libpod-payload-" H1,
                  "user@1000.service", "web.service", "user-1000.slice", H1, "podman", NULL },
        };

        CHECK_ROWS(rows);
}
END_TEST

START_TEST(test_what_is_below_a_unit_is_not_another_unit)
{
        static const struct row rows[] = {
                { "/system.slice/a.service/b.service", "a.service", NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/a.service/system.slice/b.service",
                  "a.service", NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/a.service/user@0.service/b.service",
                  "a.service", NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/x/b.service", NULL, NULL, "system.slice", NULL, NULL, NULL },
                { "/f/un\\x2dit.service", NULL, NULL, NULL, NULL, NULL, NULL },
                { "/lxc.payload.c1/system.slice/nginx.service", NULL, NULL, NULL, "c1", "lxc", NULL },
                { "/lxc.payload.c1/user.slice/user-0.slice/user@0.service/app.slice/a.service",
                  NULL, NULL, NULL, "c1", "lxc", NULL },
                { "/docker/" H1 "/system.slice/nginx.service", NULL, NULL, NULL, H1, "docker", NULL },
                { "/system.slice/docker-" H1 ".scope/system.slice/nginx.service",
                  "docker-" H1 ".scope", NULL, "system.slice", H1, "docker", NULL },
                { "/machine.slice/systemd-nspawn@c1.service/payload/system.slice/nginx.service",
                  "systemd-nspawn@c1.service", NULL, "machine.slice", "c1", "systemd-nspawn", NULL },
                /* who may make cgroups can look like a container, but stays below the unit that it is */
                { "/system.slice/evil.service/docker/" H1, "evil.service", NULL, "system.slice", H1, "docker", NULL },
        };

        CHECK_ROWS(rows);
}
END_TEST

START_TEST(test_docker_and_containerd)
{
        static const struct row rows[] = {
                { "/docker/" H1, NULL, NULL, NULL, H1, "docker", NULL },
                { "/docker-ce/docker/" H1, NULL, NULL, NULL, H1, "docker", NULL },
                { "/docker/" H1 "/docker/" H2, NULL, NULL, NULL, H2, "docker", NULL },
                { "/docker/" H1 "/init", NULL, NULL, NULL, H1, "docker", NULL },
                { "/docker/" H63, NULL, NULL, NULL, NULL, NULL, NULL },
                { "/docker/" H1 "0", NULL, NULL, NULL, NULL, NULL, NULL },
                { "/docker/" HBIG, NULL, NULL, NULL, NULL, NULL, NULL },
                { "/docker", NULL, NULL, NULL, NULL, NULL, NULL },
                { "/docker/buildkit/" H1, NULL, NULL, NULL, H1, NULL, NULL },
                { "/system.slice/docker-" H1 ".scope",
                  "docker-" H1 ".scope", NULL, "system.slice", H1, "docker", NULL },
                { "/system.slice/docker-" H63 ".scope",
                  "docker-" H63 ".scope", NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/docker-" H1 ".mount", "docker-" H1 ".mount", NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/docker-" H1, NULL, NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/xdocker-" H1 ".scope",
                  "xdocker-" H1 ".scope", NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/docker.service", "docker.service", NULL, "system.slice", NULL, NULL, NULL },
                { "/k8s.io/" H1, NULL, NULL, NULL, H1, "containerd", NULL },
                { "/default/" H1, NULL, NULL, NULL, H1, "containerd", NULL },
                { "/default/web", NULL, NULL, NULL, NULL, NULL, NULL },
                { "/system.slice/nerdctl-" H1 ".scope",
                  "nerdctl-" H1 ".scope", NULL, "system.slice", H1, "containerd", NULL },
                { "/system.slice/nerdctl-" H1 ".service",
                  "nerdctl-" H1 ".service", NULL, "system.slice", NULL, NULL, NULL },
                { "/" H1, NULL, NULL, NULL, H1, NULL, NULL },
                { "/" H63, NULL, NULL, NULL, NULL, NULL, NULL },
                { "/my/parent/" H1, NULL, NULL, NULL, H1, NULL, NULL },
                { "/docker/" H1 "/cache/" H2, NULL, NULL, NULL, H1, "docker", NULL },
        };

        CHECK_ROWS(rows);
}
END_TEST

START_TEST(test_podman_and_crio)
{
        static const struct row rows[] = {
                { "/machine.slice/libpod-" H1 ".scope",
                  "libpod-" H1 ".scope", NULL, "machine.slice", H1, "podman", NULL },
                { "/machine.slice/libpod-" H1 ".scope/container",
                  "libpod-" H1 ".scope", NULL, "machine.slice", H1, "podman", NULL },
                { "/machine.slice/machine-libpod_pod_" H2 ".slice/libpod-" H1 ".scope",
                  "libpod-" H1 ".scope", NULL, "machine-libpod_pod_" H2 ".slice", H1, "podman", NULL },
                { "/libpod_parent/libpod-" H1, NULL, NULL, NULL, H1, "podman", NULL },
                { "/libpod_parent/" H2 "/libpod-" H1, NULL, NULL, NULL, H1, "podman", NULL },
                { "/libpod_parent/conmon", NULL, NULL, NULL, NULL, NULL, NULL },
                { "/machine.slice/libpod-conmon-" H1 ".scope",
                  "libpod-conmon-" H1 ".scope", NULL, "machine.slice", NULL, NULL, NULL },
                { "/system.slice/web.service/libpod-payload-" H1,
                  "web.service", NULL, "system.slice", H1, "podman", NULL },
                { "/system.slice/web.service/runtime", "web.service", NULL, "system.slice", NULL, NULL, NULL },
                { "/system.slice/" H1 "-5d1f.service", H1 "-5d1f.service", NULL, "system.slice", NULL, NULL, NULL },
                { "/kubepods/burstable/pod" UID "/crio-" H1, NULL, NULL, NULL, H1, "cri-o", UID },
                { "/kubepods/burstable/pod" UID "/crio-conmon-" H1, NULL, NULL, NULL, NULL, NULL, UID },
                { KUBE "kubepods-burstable-pod" UID_ ".slice/crio-" H1 ".scope",
                  "crio-" H1 ".scope", NULL, "kubepods-burstable-pod" UID_ ".slice", H1, "cri-o", UID },
                { KUBE "kubepods-burstable-pod" UID_ ".slice/crio-" H1 ".scope/container",
                  "crio-" H1 ".scope", NULL, "kubepods-burstable-pod" UID_ ".slice", H1, "cri-o", UID },
                { KUBE "kubepods-burstable-pod" UID_ ".slice/crio-conmon-" H1 ".scope",
                  "crio-conmon-" H1 ".scope", NULL, "kubepods-burstable-pod" UID_ ".slice", NULL, NULL, UID },
                { "/system.slice/crio.service", "crio.service", NULL, "system.slice", NULL, NULL, NULL },
        };

        CHECK_ROWS(rows);
}
END_TEST

START_TEST(test_lxc_and_nspawn)
{
        static const struct row rows[] = {
                { "/lxc.payload.c1", NULL, NULL, NULL, "c1", "lxc", NULL },
                { "/lxc.payload.default_web-01", NULL, NULL, NULL, "default_web-01", "lxc", NULL },
                { "/lxc.payload.c1/lxc.payload.c2", NULL, NULL, NULL, "c2", "lxc", NULL },
                { "/lxc.payload.", NULL, NULL, NULL, NULL, NULL, NULL },
                { "/lxc.payload.a b", NULL, NULL, NULL, NULL, NULL, NULL },
                { "/lxc.payload/c1", NULL, NULL, NULL, "c1", "lxc", NULL },
                { "/lxc/c1", NULL, NULL, NULL, "c1", "lxc", NULL },
                { "/lxc/100/ns/system.slice/cron.service", NULL, NULL, NULL, "100", "lxc", NULL },
                { "/lxc", NULL, NULL, NULL, NULL, NULL, NULL },
                { "/lxcx/c1", NULL, NULL, NULL, NULL, NULL, NULL },
                { "/lxc.monitor.c1", NULL, NULL, NULL, NULL, NULL, NULL },
                { "/lxc.monitor/c1", NULL, NULL, NULL, NULL, NULL, NULL },
                { "/lxc.payload.c1/docker/" H1, NULL, NULL, NULL, H1, "docker", NULL },
                { "/machine.slice/systemd-nspawn@c1.service",
                  "systemd-nspawn@c1.service", NULL, "machine.slice", "c1", "systemd-nspawn", NULL },
                { "/machine.slice/systemd-nspawn@c1.service/supervisor",
                  "systemd-nspawn@c1.service", NULL, "machine.slice", NULL, NULL, NULL },
                { "/machine.slice/machine-my\\x2dbox.scope/payload",
                  "machine-my\\x2dbox.scope", NULL, "machine.slice", "my-box", "systemd-nspawn", NULL },
                { "/machine.slice/machine-my\\x2dbox.scope/supervisor",
                  "machine-my\\x2dbox.scope", NULL, "machine.slice", NULL, NULL, NULL },
                { "/machine.slice/machine-x\\x00y.scope/payload",
                  "machine-x\\x00y.scope", NULL, "machine.slice", NULL, NULL, NULL },
                { "/machine.slice/machine-x\\x2.scope/payload",
                  "machine-x\\x2.scope", NULL, "machine.slice", NULL, NULL, NULL },
                { "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/emulator",
                  "machine-qemu\\x2d1\\x2dvm.scope", NULL, "machine.slice", NULL, NULL, NULL },
        };

        CHECK_ROWS(rows);
}
END_TEST

START_TEST(test_ecs_and_garden)
{
        static const struct row rows[] = {
                { "/ecs/0123456789abcdef0123456789abcdef/" H1, NULL, NULL, NULL, H1, "docker", NULL },
                { "/ecs/0123456789abcdef0123456789abcdef/0123456789abcdef0123456789abcdef-2532581103",
                  NULL, NULL, NULL, "0123456789abcdef0123456789abcdef-2532581103", NULL, NULL },
                { "/ecs/0123456789abcdef0123456789abcdef/0123456789abcdef0123456789abcdef-",
                  NULL, NULL, NULL, NULL, NULL, NULL },
                { "/ecs/0123456789abcdef0123456789abcdef/0123456789abcdef0123456789abcdef-1x",
                  NULL, NULL, NULL, NULL, NULL, NULL },
                { "/ecs/0123456789abcdef0123456789abcdef", NULL, NULL, NULL, NULL, NULL, NULL },
                { "/0123456789abcdef0123456789abcdef-2532581103", NULL, NULL, NULL, NULL, NULL, NULL },
                { "/garden/6f265890-5165-7fab-6b52-18d1",
                  NULL, NULL, NULL, "6f265890-5165-7fab-6b52-18d1", "garden", NULL },
                { "/system.slice/garden.service/garden/6f265890-5165-7fab-6b52-18d1",
                  "garden.service", NULL, "system.slice", "6f265890-5165-7fab-6b52-18d1", "garden", NULL },
                { "/garden/" H1, NULL, NULL, NULL, H1, "garden", NULL },
                { "/garden/6f265890-5165-7fab-6b52-18d1f", NULL, NULL, NULL, NULL, NULL, NULL },
                { "/6f265890-5165-7fab-6b52-18d1", NULL, NULL, NULL, NULL, NULL, NULL },
        };

        CHECK_ROWS(rows);
}
END_TEST

START_TEST(test_kubernetes_pods)
{
        static const struct row rows[] = {
                /* cgroupfs driver: the runtime isn't known */
                { "/kubepods/burstable/pod" UID "/" H1, NULL, NULL, NULL, H1, NULL, UID },
                { "/kubepods/besteffort/pod" UID "/" H1, NULL, NULL, NULL, H1, NULL, UID },
                { "/kubepods/pod" UID "/" H1, NULL, NULL, NULL, H1, NULL, UID },
                { "/kubepods/pod" UID, NULL, NULL, NULL, NULL, NULL, UID },
                { "/kubepods/burstable/pod" HASH "/" H1, NULL, NULL, NULL, H1, NULL, HASH },
                { "/kubepods/pod" UID "/" H1 "/app/deep", NULL, NULL, NULL, H1, NULL, UID },
                { "/burstable/pod" UID, NULL, NULL, NULL, NULL, NULL, NULL },
                { "/pod" UID, NULL, NULL, NULL, NULL, NULL, NULL },
                { "/kubepods/x/pod" UID, NULL, NULL, NULL, NULL, NULL, NULL },
                { "/kubepods/burstable/pod" UID_, NULL, NULL, NULL, NULL, NULL, NULL },
                { "/kubepods/burstable/pod" UID "0", NULL, NULL, NULL, NULL, NULL, NULL },
                { "/kubepods/burstable/pod0123456789abcdef0123456789abcde", NULL, NULL, NULL, NULL, NULL, NULL },
                { "/kubepods/burstable/pod", NULL, NULL, NULL, NULL, NULL, NULL },
                /* systemd driver */
                { KUBE "kubepods-burstable-pod" UID_ ".slice/cri-containerd-" H1 ".scope",
                  "cri-containerd-" H1 ".scope", NULL, "kubepods-burstable-pod" UID_ ".slice", H1, "containerd", UID },
                { "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" UID_ ".slice/docker-" H1 ".scope",
                  "docker-" H1 ".scope", NULL, "kubepods-besteffort-pod" UID_ ".slice", H1, "docker", UID },
                { "/kubepods.slice/kubepods-pod" UID_ ".slice/cri-containerd-" H1 ".scope",
                  "cri-containerd-" H1 ".scope", NULL, "kubepods-pod" UID_ ".slice", H1, "containerd", UID },
                { "/kubepods.slice/kubepods-pod" HASH ".slice/cri-containerd-" H1 ".scope",
                  "cri-containerd-" H1 ".scope", NULL, "kubepods-pod" HASH ".slice", H1, "containerd", HASH },
                { KUBE "kubepods-burstable-pod" UID_ ".slice",
                  NULL, NULL, "kubepods-burstable-pod" UID_ ".slice", NULL, NULL, UID },
                { KUBE "kubepods-burstable-pod" UID ".slice",
                  NULL, NULL, "kubepods-burstable-pod" UID ".slice", NULL, NULL, NULL },
                { KUBE "kubepods-fast-pod" UID_ ".slice",
                  NULL, NULL, "kubepods-fast-pod" UID_ ".slice", NULL, NULL, NULL },
                { "/xkubepods-pod" UID_ ".slice", NULL, NULL, "xkubepods-pod" UID_ ".slice", NULL, NULL, NULL },
                { "/system.slice/kubelet.service", "kubelet.service", NULL, "system.slice", NULL, NULL, NULL },
                /* kubelet with the systemd driver, containerd without */
                { "/system.slice/containerd.service/kubepods-burstable-pod" HASH ".slice:cri-containerd:" H1,
                  "containerd.service", NULL, "system.slice", H1, "containerd", HASH },
                { "/system.slice/containerd.service/kubepods-burstable-pod" UID_ ".slice:cri-containerd:" H63,
                  "containerd.service", NULL, "system.slice", NULL, NULL, UID },
        };

        CHECK_ROWS(rows);
}
END_TEST

START_TEST(test_nested_engines)
{
        static const struct row rows[] = {
                { "/docker/" H1 "/kubelet/kubepods/burstable/pod" UID "/" H2, NULL, NULL, NULL, H2, NULL, UID },
                { "/system.slice/docker-" H1 ".scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/"
                  "kubelet-kubepods-burstable-pod" UID_ ".slice/cri-containerd-" H2 ".scope",
                  "docker-" H1 ".scope", NULL, "system.slice", H2, "containerd", UID },
                { "/kubepods/burstable/pod" UID "/" H1 "/docker/" H2, NULL, NULL, NULL, H2, "docker", UID },
                { "/kubepods/pod" UID "/" H1 "/docker/" H2 "/kubelet/kubepods/pod" HASH "/" H1,
                  NULL, NULL, NULL, H1, NULL, HASH },
        };

        CHECK_ROWS(rows);
}
END_TEST

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
                { "/docker/" H1 "/work/" H2, NULL, NULL, NULL, H1, "docker", NULL },
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

/* A user makes any name below his own manager. What only root's engine makes isn't told of there; the rootless mode of an engine
 * is. */
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
                  "container_1558621002730_0013_01_000002", "container_1558621002730_0013_01_000002" },
                { "/yarn/container_e17_1410901177871_0001_01_000005", "yarn", "application_1410901177871_0001",
                  "container_e17_1410901177871_0001_01_000005", "container_e17_1410901177871_0001_01_000005" },
                { "/hadoop-yarn/container_1558621002730_0013_01_000002/" H1, "yarn", "application_1558621002730_0013",
                  "container_1558621002730_0013_01_000002", H1 },
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
                /* the beginning of "payload" may go on with another name; that of "supervisor" too, and then it is the container */
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

START_TEST(test_longest_names)
{
        char path[2 * OWNER_NAME_MAX + 64] = "/system.slice/";
        const size_t start = strlen(path);
        struct owner owner;

        memset(path + start, 'a', OWNER_NAME_MAX - 8);
        memcpy(path + start + OWNER_NAME_MAX - 8, ".service", 9);
        owner_from_cgroup(text_from(path), false, &owner);
        ck_assert_str_eq(owner.unit, path + start);

        memset(path + start, 'a', OWNER_NAME_MAX - 7);
        memcpy(path + start + OWNER_NAME_MAX - 7, ".service", 9);
        owner_from_cgroup(text_from(path), false, &owner);
        ck_assert_str_eq(owner.unit, "");
        ck_assert_str_eq(owner.slice, "system.slice");

        memcpy(path, "/lxc.payload.", 13);
        memset(path + 13, 'b', OWNER_NAME_MAX - 12);
        path[13 + OWNER_NAME_MAX - 12] = '\0';
        owner_from_cgroup(text_from(path), false, &owner);
        ck_assert_uint_eq(strlen(owner.container_id), OWNER_NAME_MAX - 12);
        path[13 + OWNER_NAME_MAX - 12] = 'b';
        path[13 + OWNER_NAME_MAX - 11] = '\0';
        owner_from_cgroup(text_from(path), false, &owner);
        ck_assert_str_eq(owner.container_id, "");
}
END_TEST

START_TEST(test_any_bytes_at_any_length)
{
        static const char alphabet[] = "/ab-_.@\\x0:\0\377slice.service.scope/docker-libpod-pod/lxc/";
        char path[300];
        uint32_t state = 1;
        struct owner owner;

        for (int round = 0; round < 20000; round++) {
                size_t length = (size_t)round % sizeof(path);
                char *exact = malloc(length + 1); /* so that a read past the end is seen */

                ck_assert_ptr_nonnull(exact);
                for (size_t i = 0; i < length; i++) {
                        state = state * 1664525 + 1013904223;
                        exact[i] = alphabet[(state >> 16) % (sizeof(alphabet) - 1)];
                }
                owner_from_cgroup((struct text){ exact, length }, round % 2, &owner);
                ck_assert_uint_lt(strlen(owner.unit), sizeof(owner.unit));
                free(exact);
        }
        owner_from_cgroup((struct text){ NULL, 0 }, true, &owner);
        ck_assert_str_eq(owner.unit, "");
}
END_TEST

TEST_MAIN("owner", CASE(test_units_are_those_that_systemd_sees), CASE(test_names_that_are_no_units),
          CASE(test_units_of_a_user), CASE(test_what_is_below_a_unit_is_not_another_unit),
          CASE(test_docker_and_containerd), CASE(test_podman_and_crio), CASE(test_lxc_and_nspawn),
          CASE(test_ecs_and_garden), CASE(test_kubernetes_pods), CASE(test_nested_engines),
          CASE(test_an_engine_in_a_container), CASE(test_nspawn_of_two_systemds), CASE(test_builds_and_other_engines),
          CASE(test_names_that_a_user_made), CASE(test_jobs), CASE(test_uid_of_android), CASE(test_cut_path),
          CASE(test_what_may_be_containerd), CASE(test_longest_names), CASE(test_any_bytes_at_any_length))
