/* daemon/watch/passwd.h */

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "watch/passwd.h"

#define PASSWD "passwd"

static struct passwd_file *begin(void)
{
        static struct passwd_file passwd;

        passwd.path = PASSWD;
        return &passwd;
}

static void end(struct passwd_file *passwd)
{
        passwd_forget(passwd);
}

/* A new file in the place of the old one, as passwd(1) and useradd(8) do it. */
static void write_file(const char *text, size_t length)
{
        scratch_write(PASSWD "+", text, length);
        ck_assert_int_eq(rename(PASSWD "+", PASSWD), 0);
}

static void expect(struct passwd_file *passwd, int64_t uid, const char *name)
{
        struct text found = passwd_name(passwd, uid);

        ck_assert_msg(text_equal(found, text_from(name)), "%lld: '%.*s' and not '%s'", (long long)uid,
                      (int)found.length, found.length ? found.data : "", name);
}

START_TEST(test_names)
{
        static const char text[] = "root:x:0:0:root:/root:/bin/sh\n"
                                   "#off:x:7:7::/:/bin/sh\n"
                                   "+nis:x:4:4::/:\n"
                                   "\n"
                                   "::5:5\n"
                                   "nocolon\n"
                                   "half:x\n"
                                   "word:x:six:6::/:\n"
                                   "tail:x:8\n"
                                   "second:x:0:0::/:\n"
                                   "nobody:x:65534:65534::/:/bin/false\n"
                                   "large:x:4294967294:1::/:\n"
                                   "last:x:9:9::/:";
        struct passwd_file *passwd = begin();

        expect(passwd, 0, ""); /* no file */
        write_file(text, sizeof(text) - 1);
        expect(passwd, 0, "root");
        expect(passwd, 65534, "nobody");
        expect(passwd, 4294967294, "large");
        expect(passwd, 9, "last");
        for (int64_t uid = 1; uid <= 8; uid++)
                expect(passwd, uid, "");
        expect(passwd, -1, "");
        expect(passwd, INT64_MIN, ""); /* OOM_UNKNOWN */
        end(passwd);
}
END_TEST

START_TEST(test_file_is_read_again_when_it_changes)
{
        struct passwd_file *passwd = begin();

        write_file("a:x:1:1::/:\n", 12);
        expect(passwd, 1, "a");
        write_file("b:x:1:1::/:\nc:x:2:2::/:\n", 24);
        expect(passwd, 1, "a"); /* until the file is read again */
        passwd_refresh(passwd);
        expect(passwd, 1, "b");
        write_file("d:x:3:3::/:\n", 12);
        expect(passwd, 3, "d"); /* an unknown uid has it read again */
        expect(passwd, 1, "");
        ck_assert_int_eq(unlink(PASSWD), 0);
        passwd_refresh(passwd);
        expect(passwd, 3, "");
        ck_assert_int_eq(mkfifo(PASSWD, 0600), 0); /* opening it must not block */
        passwd_refresh(passwd);
        expect(passwd, 3, "");
        end(passwd);
}
END_TEST

START_TEST(test_file_has_a_limit)
{
        static const char last[] = "last:x:9:9::/:\n";
        static char text[PASSWD_FILE_MAX + 1];
        struct passwd_file *passwd = begin();

        memset(text, '\n', sizeof(text));
        memcpy(text + PASSWD_FILE_MAX - strlen(last), last, strlen(last));
        write_file(text, PASSWD_FILE_MAX);
        expect(passwd, 9, "last");
        memset(text, '\n', sizeof(text));
        memcpy(text + 1 + PASSWD_FILE_MAX - strlen("last:x:9:"), last, strlen("last:x:9:"));
        write_file(text, PASSWD_FILE_MAX + 1);
        passwd_refresh(passwd);
        expect(passwd, 9, ""); /* its last byte is one too many */
        end(passwd);
}
END_TEST

TEST_MAIN("users", CASE(test_names), CASE(test_file_is_read_again_when_it_changes), CASE(test_file_has_a_limit))
