/* cli/input/walk.h, cli/input/pstore.h */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "harness.h"
#include "input/walk.h"

#define NOBODY 65534

/* What was found and what was reported, one per line. */
struct result {
        char found[4096], reports[4096];
        struct inputs inputs;
};

static void append(char *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void append(char *buffer, const char *format, ...)
{
        size_t length = strlen(buffer);
        va_list arguments;

        va_start(arguments, format);
        ck_assert_int_lt(vsnprintf(buffer + length, 4096 - length, format, arguments), (int)(4096 - length));
        va_end(arguments);
}

static void report(const char *path, const char *what, void *userdata)
{
        struct result *result = userdata;

        append(result->reports, "%s: %s\n", path, what);
}

static struct result walk_requested(const struct walk_request *request)
{
        static const char *const kinds[] = { [INPUT_FILE] = "",
                                             [INPUT_PSTORE] = "pstore ",
                                             [INPUT_STDIN] = "stdin ",
                                             [INPUT_KMSG] = "kmsg ",
                                             [INPUT_JOURNAL] = "journal " };
        struct result result = { 0 };

        ck_assert_int_eq(walk_inputs(request, report, &result, &result.inputs), 0);
        for (size_t i = 0; i < result.inputs.n_inputs; i++) {
                const struct input *input = &result.inputs.inputs[i];

                append(result.found, "%s%s", kinds[input->kind], input->path ? input->path : "(own)");
                for (size_t part = 0; part < input->n_parts; part++)
                        append(result.found, " %s", input->parts[part]);
                append(result.found, "\n");
        }
        return result;
}

static struct result walk(size_t count, ...)
{
        char *paths[8];
        struct walk_request request = { .paths = paths, .n_paths = count };
        va_list arguments;

        va_start(arguments, count);
        for (size_t i = 0; i < count; i++)
                paths[i] = va_arg(arguments, char *);
        va_end(arguments);
        return walk_requested(&request);
}

static void expect(struct result result, const char *found, const char *reports)
{
        ck_assert_str_eq(result.found, found);
        ck_assert_str_eq(result.reports, reports);
        inputs_clear(&result.inputs);
        ck_assert_uint_eq(result.inputs.n_inputs, 0);
}

START_TEST(test_files_as_given_and_directories_in_order)
{
        ck_assert_int_eq(mkdir("log", 0755), 0);
        ck_assert_int_eq(mkdir("log/b", 0755), 0);
        ck_assert_int_eq(mkdir("log/empty", 0755), 0);
        scratch_text("log/kern.log.1", "1");
        scratch_text("log/kern.log", "12");
        scratch_text("log/b/z", "");
        scratch_text("log/b/.hidden", "");
        scratch_text("log/a\nb\x1b\xff", "");
        scratch_text("zz", "123");
        scratch_text("aa", "1234");
        expect(walk(3, "zz", "log", "aa"),
               "zz\nlog/a\nb\x1b\xff\nlog/b/.hidden\nlog/b/z\nlog/kern.log\nlog/kern.log.1\naa\n", "");
        expect(walk(2, "log/", "./zz"),
               "log/a\nb\x1b\xff\nlog/b/.hidden\nlog/b/z\nlog/kern.log\nlog/kern.log.1\n./zz\n", "");
}
END_TEST

START_TEST(test_what_is_known_of_a_file)
{
        struct timespec times[] = { { 1756123580, 123456789 }, { 1756123580, 123456789 } };
        struct result result;

        scratch_text("a", "1234");
        scratch_text("b", "12");
        ck_assert_int_eq(utimensat(AT_FDCWD, "a", times, 0), 0);
        result = walk(2, "a", "b");
        ck_assert_uint_eq(result.inputs.size_bytes, 6);
        ck_assert_uint_eq(result.inputs.inputs[0].size_bytes, 4);
        ck_assert_int_eq(result.inputs.inputs[0].mtime_usec, 1756123580123456);
        ck_assert(result.inputs.inputs[0].is_given);
        inputs_clear(&result.inputs);
        result = walk(1, ".");
        ck_assert(!result.inputs.inputs[0].is_given);
        inputs_clear(&result.inputs);
}
END_TEST

START_TEST(test_the_source_of_a_program_is_no_log)
{
        ck_assert_int_eq(mkdir("d", 0755), 0);
        scratch_text("d/oom.c", "");
        scratch_text("d/oom.c.log", "");
        scratch_text("d/c", "");
        scratch_text("d/fix.patch", "");
        expect(walk(1, "d"), "d/c\nd/oom.c.log\n", "");
        expect(walk(1, "d/oom.c"), "d/oom.c\n", "");
}
END_TEST

START_TEST(test_each_file_once)
{
        ck_assert_int_eq(mkdir("log", 0755), 0);
        scratch_text("log/b", "");
        ck_assert_int_eq(link("log/b", "log/a"), 0);
        ck_assert_int_eq(link("log/b", "c"), 0);
        expect(walk(1, "log"), "log/a\n", "");
        expect(walk(4, "log/b", "log", "c", "log/b"), "log/b\n", "");
        expect(walk(4, "-", "log/a", "-", "./log/../c"), "stdin -\nlog/a\n", "");
}
END_TEST

START_TEST(test_links_are_followed_where_they_are_given)
{
        ck_assert_int_eq(mkdir("log", 0755), 0);
        ck_assert_int_eq(mkdir("else", 0755), 0);
        scratch_text("log/a", "");
        scratch_text("else/b", "");
        ck_assert_int_eq(symlink("../else/b", "log/outside"), 0);
        ck_assert_int_eq(symlink("../else", "log/outside-directory"), 0);
        ck_assert_int_eq(symlink("a", "log/inside"), 0);
        ck_assert_int_eq(symlink("..", "log/loop"), 0);
        ck_assert_int_eq(symlink("self", "self"), 0);
        ck_assert_int_eq(symlink("log", "given"), 0);
        ck_assert_int_eq(symlink("log/outside", "file"), 0);
        ck_assert_int_eq(symlink("nowhere", "broken"), 0);
        expect(walk(1, "log"), "log/a\n", "");
        expect(walk(3, "given", "file", "log"), "given/a\nfile\n", "");
        expect(walk(2, "broken", "self"), "",
               "broken: No such file or directory\nself: Too many levels of symbolic links\n");
}
END_TEST

START_TEST(test_what_is_no_file_is_passed_over_in_a_directory)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "log/socket" };
        struct result result;
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        ck_assert_int_eq(mkdir("log", 0755), 0);
        ck_assert_int_eq(mkfifo("log/fifo", 0644), 0);
        ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
        (void)mknod("log/null", S_IFCHR | 0644, makedev(1, 3)); /* where that isn't allowed, there is one less */
        scratch_text("log/a", "");
        expect(walk(1, "log"), "log/a\n", "");
        result = walk(1, "log/fifo");
        ck_assert_int_eq(result.inputs.inputs[0].mtime_usec, INT64_MIN); /* it says nothing of what comes through it */
        ck_assert_uint_eq(result.inputs.inputs[0].size_bytes, 0);
        expect(result, "log/fifo\n", "");
        ck_assert_int_eq(close(fd), 0);
}
END_TEST

START_TEST(test_what_cannot_be_read_is_reported_and_the_rest_found)
{
        struct result result;

        ck_assert_int_eq(mkdir("log", 0755), 0);
        ck_assert_int_eq(mkdir("log/private", 0700), 0);
        scratch_text("log/private/a", "");
        scratch_text("log/z", "");
        expect(walk(2, "none", "log/z"), "log/z\n", "none: No such file or directory\n");
        if (geteuid() != 0)
                SKIP("the part with another user needs root");
        ck_assert_int_eq(seteuid(NOBODY), 0);
        result = walk(2, "log", "log/private/a");
        ck_assert_int_eq(seteuid(0), 0);
        expect(result, "log/z\n", "log/private: Permission denied\nlog/private/a: Permission denied\n");
}
END_TEST

START_TEST(test_a_directory_at_the_limit_of_depth_and_past_it)
{
        char path[4 * WALK_DEPTH_MAX], found[sizeof(path) + 8], reports[sizeof(path) + 64];
        size_t length = 1;

        ck_assert_int_eq(mkdir("d", 0755), 0);
        (void)strcpy(path, "d");
        for (int depth = 1; depth <= WALK_DEPTH_MAX; depth++, length += 2) {
                (void)strcpy(path + length, "/d");
                ck_assert_int_eq(mkdir(path, 0755), 0);
        }
        (void)strcpy(path + length, "/f");
        scratch_text(path, "");
        (void)snprintf(found, sizeof(found), "%s\n", path);
        expect(walk(1, "d"), found, "");
        (void)strcpy(path + length, "/d");
        ck_assert_int_eq(mkdir(path, 0755), 0);
        (void)snprintf(reports, sizeof(reports), "%s: too many directories within each other\n", path);
        expect(walk(1, "d"), found, reports);
}
END_TEST

START_TEST(test_journals_are_read_as_such)
{
        struct result result;

        ck_assert_int_eq(mkdir("log", 0755), 0);
        ck_assert_int_eq(mkdir("log/journal", 0755), 0);
        ck_assert_int_eq(mkdir("log/journal/id", 0755), 0);
        scratch_text("log/journal/id/system.journal", "LPKSHHRH");
        scratch_text("log/journal/id/system@1.journal~", "LPKSHHRH");
        scratch_text("log/journal/id/readme", "");
        scratch_text("log/kern.log", "");
        expect(walk(1, "log"), "log/journal/id/readme\njournal log/journal/id\nlog/kern.log\n", "");
        scratch_text("log/.journal", ""); /* the end of a name is no name */
        expect(walk(1, "log"), "log/.journal\nlog/journal/id/readme\njournal log/journal/id\nlog/kern.log\n", "");
        result = walk(1, "log/journal/id");
        ck_assert_uint_eq(result.inputs.size_bytes, 0); /* that of a directory says nothing */
        inputs_clear(&result.inputs);
        ck_assert_int_eq(mkfifo("log/kern.journal", 0644), 0);
        expect(walk(1, "log/kern.journal"), "log/kern.journal\n", "");
        ck_assert_int_eq(unlink("log/.journal"), 0);
        expect(walk(1, "log/journal/id/system.journal"), "journal log/journal/id/system.journal\n", "");
        if (geteuid() != 0)
                SKIP("the part with another user needs root");
        ck_assert_int_eq(chmod("log/journal/id/system.journal", 0600), 0);
        ck_assert_int_eq(seteuid(NOBODY), 0);
        result = walk(1, "log");
        ck_assert_int_eq(seteuid(0), 0);
        expect(result, "log/journal/id/readme\njournal log/journal/id\nlog/kern.log\n",
               "log/journal/id: not all of the journal may be read: Permission denied; root may read it, and members "
               "of the group systemd-journal (usermod -aG systemd-journal USER)\n");
}
END_TEST

START_TEST(test_what_is_asked_for_by_options)
{
        char *files[] = { (char *)"a.journal", (char *)"b.journal" };
        char *dash[] = { (char *)"-" };
        struct walk_request kmsg = { .with_kmsg = true };
        struct walk_request both = { .paths = dash, .n_paths = 1, .journal_files = dash, .n_journal_files = 1 };
        struct walk_request directory = { .journal_directory = "/nowhere",
                                          .journal_files = files,
                                          .n_journal_files = 2 };

        expect(walk_requested(&kmsg), "kmsg /dev/kmsg\n", "");
        if (access("/dev/kmsg", F_OK) == 0) /* by its name it is the same */
                expect(walk(1, "/dev/kmsg"), "kmsg /dev/kmsg\n", "");
        expect(walk_requested(&directory), "journal /nowhere\njournal a.journal\njournal b.journal\n", "");
        expect(walk_requested(&both), "journal -\nstdin -\n", "");
}
END_TEST

START_TEST(test_the_machines_own_logs)
{
        struct walk_request request = { 0 };
        char found[512];

        request.root = scratch;
        expect(walk_requested(&request), "", "");
        scratch_run("mkdir -p var/log var/lib/systemd/pstore/1 sys/fs/pstore");
        scratch_text("var/log/kern.log", "");
        scratch_text("var/lib/systemd/pstore/1/dmesg.txt", "");
        scratch_text("sys/fs/pstore/console-ramoops-0", "");
        (void)snprintf(
                found, sizeof(found),
                "%s/var/log/kern.log\n%s/var/lib/systemd/pstore/1/dmesg.txt\n%s/sys/fs/pstore/console-ramoops-0\n",
                scratch, scratch, scratch);
        expect(walk_requested(&request), found, "");
}
END_TEST

START_TEST(test_a_file_system_without_files_is_read_where_it_is_given)
{
        struct result result = walk(1, "/proc/sys/kernel/random");

        ck_assert_ptr_nonnull(strstr(result.found, "/proc/sys/kernel/random/boot_id\n"));
        inputs_clear(&result.inputs);
}
END_TEST

START_TEST(test_mounts_in_a_directory)
{
        static const char *const mounts[] = { "log/loop", "log/else", "log/proc", "log/c", "log/d" };
        struct result result;

        if (geteuid() != 0)
                SKIP("needs root");
        if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0)
                SKIP("no new namespace for mounts here");
        scratch_run("mkdir -p log/c log/d log/else log/loop log/proc else && mkdir -m 0700 log/private");
        scratch_text("log/a", "");
        scratch_text("else/b", "");
        if (mount("/proc", "log/proc", "none", MS_BIND, NULL) < 0 || mount("none", "log/c", "tmpfs", 0, NULL) < 0 ||
            mount("none", "log/d", "tmpfs", 0, NULL) < 0)
                SKIP("nothing can be mounted here");
        scratch_text("log/c/x", ""); /* these two may have the same inode number */
        scratch_text("log/d/x", "");
        ck_assert_int_eq(mount("else", "log/else", "none", MS_BIND, NULL), 0);
        ck_assert_int_eq(mount("log", "log/loop", "none", MS_BIND, NULL), 0);
        ck_assert_int_eq(seteuid(NOBODY), 0);
        result = walk(1, "log");
        ck_assert_int_eq(seteuid(0), 0);
        for (size_t i = 0; i < COUNT(mounts); i++)
                ck_assert_int_eq(umount2(mounts[i], MNT_DETACH), 0);
        /* once, and not once more in log/loop */
        expect(result, "log/a\nlog/c/x\nlog/d/x\nlog/else/b\n", "log/private: Permission denied\n");
}
END_TEST

START_TEST(test_which_parts_are_of_one_dump)
{
        static const struct {
                const char *names[2], *texts[2]; /* the end of the dump first */
                bool is_one;
        } cases[] = {
                { { "dmesg-efi-1", "dmesg-efi-2" }, { "Panic#1 Part1\n", "Panic#1 Part2\n" }, true },
                { { "dmesg-efi-1", "dmesg-efi-2" }, { "Panic#1 Part1\n", "Oops#1 Part2\n" }, false },
                { { "dmesg-efi-1", "dmesg-efi-2" }, { "Panic#1 Part1\n", "Panic#2 Part2\n" }, false },
                { { "dmesg-efi-1", "dmesg-efi-2" }, { "Panic#1 Part1\n", "Panic#1 Part1\n" }, false },
                { { "dmesg-efi-1", "dmesg-efi-2" }, { "Panic#1 Part2\n", "Panic#1 Part1\n" }, false },
                { { "dmesg-efi-1", "dmesg-efi-2" }, { "Panic#1 Part1\n", "Panic#1 Part2 of 2\n" }, false },
                { { "dmesg-efi-1", "dmesg-efi-2" }, { "#1 Part1\n", "#1 Part2\n" }, false },
                { { "dmesg-efi-1", "dmesg-efi-2" },
                  { "FifteenLetters.#1 Part1\n", "FifteenLetters.#1 Part2\n" },
                  true },
                { { "dmesg-efi-1", "dmesg-efi-2" },
                  { "SixteenLetters..#1 Part1\n", "SixteenLetters..#1 Part2\n" },
                  false },
                { { "dmesg-efi-1", "dmesg-efi-2.bak" }, { "Panic#1 Part1\n", "Panic#1 Part2\n" }, false },
                { { "dmesg-1", "dmesg-2" }, { "Panic#1 Part1\n", "Panic#1 Part2\n" }, false },
                { { "dmesg--1", "dmesg--2" }, { "Panic#1 Part1\n", "Panic#1 Part2\n" }, false },
                { { "dmesg-efi-1", "dmesg-dir/dmesg-efi-2" }, { "Panic#1 Part1\n", "Panic#1 Part2\n" }, false },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                struct result result;

                scratch_run("rm -rf p && mkdir -p p/dmesg-dir");
                for (size_t part = 0; part < 2; part++) {
                        char path[64];

                        (void)snprintf(path, sizeof(path), "p/%s", cases[i].names[part]);
                        scratch_text(path, cases[i].texts[part]);
                }
                result = walk(1, "p");
                ck_assert_msg(result.inputs.n_inputs == (cases[i].is_one ? 1 : 2), "case %zu: %s", i, result.found);
                inputs_clear(&result.inputs);
        }
        /* what systemd put together is of its own directory */
        scratch_text("p/dmesg-dir/dmesg.txt", "");
        expect(walk(1, "p"), "p/dmesg-dir/dmesg.txt\np/dmesg-efi-1\n", "");
}
END_TEST

START_TEST(test_a_dump_is_as_large_as_its_parts_and_as_young_as_the_youngest)
{
        for (size_t youngest = 1; youngest <= 3; youngest++) {
                struct timespec times[2] = { { 1756123580, 0 }, { 1756123580, 0 } };
                struct result result;

                for (size_t part = 1; part <= 3; part++) {
                        char path[32], text[32];

                        (void)snprintf(path, sizeof(path), "dmesg-efi-%zu", part);
                        (void)snprintf(text, sizeof(text), "Panic#1 Part%zu\n%.*s", part, (int)part, "xxx");
                        scratch_text(path, text);
                        times[1].tv_sec = 1756123580 + (part == youngest ? 60 : 0);
                        ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
                }
                result = walk(1, ".");
                ck_assert_uint_eq(result.inputs.n_inputs, 1);
                ck_assert_uint_eq(result.inputs.inputs[0].size_bytes, 3 * strlen("Panic#1 Part1\n") + 6);
                ck_assert_uint_eq(result.inputs.size_bytes, result.inputs.inputs[0].size_bytes);
                ck_assert_int_eq(result.inputs.inputs[0].mtime_usec, 1756123640000000);
                inputs_clear(&result.inputs);
        }
}
END_TEST

START_TEST(test_parts_of_a_dump_are_put_in_order)
{
        ck_assert_int_eq(mkdir("p", 0755), 0);
        /* as names they sort otherwise than as numbers */
        scratch_text("p/dmesg-efi_pstore-98000001001", "Panic#1 Part1\nend");
        scratch_text("p/dmesg-efi_pstore-98000002001", "Panic#1 Part2\nmiddle");
        scratch_text("p/dmesg-efi_pstore-98000003001", "Panic#1 Part3\nbegin");
        scratch_text("p/dmesg-efi_pstore-170000000001002", "Oops#2 Part1\n");
        scratch_text("p/dmesg-efi_pstore-170000000002002", "Oops#2 Part2\n");
        scratch_text("p/dmesg-efi_pstore-170000000501002", "Oops#2 Part1\n"); /* of a later boot */
        scratch_text("p/dmesg-erst-1.enc.z", "x");
        scratch_text("p/dmesg-notes-7", "no part\n");
        scratch_text("p/kern.log", "");
        expect(walk(1, "p"),
               "pstore p/dmesg-efi_pstore-170000000002002 p/dmesg-efi_pstore-170000000002002 "
               "p/dmesg-efi_pstore-170000000001002\n"
               "p/dmesg-efi_pstore-170000000501002\n"
               "pstore p/dmesg-efi_pstore-98000003001 p/dmesg-efi_pstore-98000003001 p/dmesg-efi_pstore-98000002001 "
               "p/dmesg-efi_pstore-98000001001\n"
               "p/dmesg-erst-1.enc.z\np/dmesg-notes-7\np/kern.log\n",
               "");
        scratch_text("p/dmesg.txt", "all of it");
        expect(walk(2, "p/", "p/dmesg-efi_pstore-98000001001"),
               "p/dmesg-erst-1.enc.z\np/dmesg-notes-7\np/dmesg.txt\np/kern.log\np/dmesg-efi_pstore-98000001001\n", "");
}
END_TEST

TEST_MAIN("walk_inputs", CASE(test_files_as_given_and_directories_in_order), CASE(test_what_is_known_of_a_file),
          CASE(test_the_source_of_a_program_is_no_log), CASE(test_each_file_once),
          CASE(test_links_are_followed_where_they_are_given), CASE(test_what_is_no_file_is_passed_over_in_a_directory),
          CASE(test_what_cannot_be_read_is_reported_and_the_rest_found),
          CASE(test_a_directory_at_the_limit_of_depth_and_past_it), CASE(test_journals_are_read_as_such),
          CASE(test_what_is_asked_for_by_options), CASE(test_the_machines_own_logs),
          CASE(test_a_file_system_without_files_is_read_where_it_is_given), CASE(test_which_parts_are_of_one_dump),
          CASE(test_a_dump_is_as_large_as_its_parts_and_as_young_as_the_youngest),
          CASE(test_parts_of_a_dump_are_put_in_order), CASE(test_mounts_in_a_directory))
