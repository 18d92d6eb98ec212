/* lib/owner/owner.h: one row per convention, and beside each a name that only looks like it. */

#include "owner_rows.h"

/* One row is one line, or the path and below it what follows from it. */
/* clang-format off */

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
          CASE(test_ecs_and_garden), CASE(test_kubernetes_pods), CASE(test_nested_engines), CASE(test_longest_names),
          CASE(test_any_bytes_at_any_length))
