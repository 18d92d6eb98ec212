/* Paths of cgroups, and whose they are: for the tests of lib/owner. */

#pragma once

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

static inline bool same(const char *got, const char *expected)
{
        return strcmp(got ? got : "", expected ? expected : "") == 0;
}

static inline void check_rows(const struct row *rows, size_t count, bool is_cut)
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

#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]), false)
