/* daemon/common/config.h: limits, files that can't be read, drop-ins, and the shipped file. */

#include <unistd.h>

#include "common/config_value.h"
#include "config_fixture.h"
#include "util/array.h"

/* --- limits ------------------------------------------------------------------------------------------------------- */

START_TEST(test_the_longest_values)
{
        char text[2 * CONFIG_VALUE_MAX], path[CONFIG_VALUE_MAX + 2];

        for (size_t over = 0; over <= 1; over++) {
                memset(path, 'x', sizeof(path));
                path[0] = '/';
                path[CONFIG_VALUE_MAX + over] = '\0';
                (void)snprintf(text, sizeof(text), "spool { path = %s }", path);
                if (over)
                        text_fails(text, ":1: path is too long");
                else
                        (void)config_free(load_text(text));
                path[107 + over] = '\0';
                (void)snprintf(text, sizeof(text), "socket a { path = %s }", path);
                if (over)
                        text_fails(text, ":1: path must be at most 107 bytes, a Unix socket's limit");
                else
                        (void)config_free(load_text(text));
        }
        /* The same in quotes, where the string's own limit is the first. */
        for (size_t over = 0; over <= 1; over++) {
                memset(path, 'x', sizeof(path));
                path[0] = '/';
                path[CONFIG_VALUE_MAX + over] = '\0';
                (void)snprintf(text, sizeof(text), "\nspool { path = \"%s\" }", path);
                if (over)
                        text_fails(text, ":2: string that is too long");
                else
                        (void)config_free(load_text(text));
        }
}
END_TEST

START_TEST(test_the_largest_file)
{
        char *text = malloc(CONFIG_FILE_MAX + 1);

        ck_assert_ptr_nonnull(text);
        memset(text, '\n', CONFIG_FILE_MAX + 1);
        memcpy(text + CONFIG_FILE_MAX - 30, "journal { enabled = no }", 24);
        scratch_write(FILE_NAME, text, CONFIG_FILE_MAX);
        for (size_t over = 0; over <= 1; over++) {
                if (over) {
                        scratch_write(FILE_NAME, text, CONFIG_FILE_MAX + 1);
                        fails(": more than 1048576 bytes", -EINVAL);
                } else {
                        struct config *config = load();

                        ck_assert(!config->is_journal_enabled);
                        (void)config_free(config);
                }
        }
        /* One string, or one word, of that size ends too, and quickly. */
        memset(text, 'x', CONFIG_FILE_MAX);
        memcpy(text, "spool{path='", 12);
        memcpy(text + CONFIG_FILE_MAX - 2, "'}", 2);
        scratch_write(FILE_NAME, text, CONFIG_FILE_MAX);
        fails(":1: string that is too long", -EINVAL);
        memcpy(text, "spool{path=x", 12);
        memcpy(text + CONFIG_FILE_MAX - 2, "x}", 2);
        scratch_write(FILE_NAME, text, CONFIG_FILE_MAX);
        fails(":1: path is too long", -EINVAL);
        free(text);
}
END_TEST

START_TEST(test_the_most_sinks_and_headers)
{
        for (int over = 0; over <= 1; over++) {
                FILE *file = fopen(FILE_NAME, "we");
                struct config *config;

                ck_assert_ptr_nonnull(file);
                for (int i = 0; i < CONFIG_SINKS_MAX / 2; i++)
                        (void)fprintf(file, "socket s%d { path = /s }\nwebhook w%d { url = http://h }\n", i, i);
                if (over)
                        (void)fprintf(file, "socket one-more { path = /s }");
                ck_assert_int_eq(fclose(file), 0);
                if (over) {
                        fails(":65: socket \"one-more\": too many sockets and webhooks", -EINVAL);
                        continue;
                }
                /* At the limit one may still replace another. */
                write_dropin("1.conf", "socket s0 { path = /t }");
                config = load();
                ck_assert_uint_eq(config->n_sockets + config->n_webhooks, CONFIG_SINKS_MAX);
                ck_assert_str_eq(config->sockets[0].path, "/t");
                (void)config_free(config);
        }
        scratch_run("rm -r " FILE_NAME ".d");
        for (int over = 0; over <= 1; over++) {
                FILE *file = fopen(FILE_NAME, "we");

                ck_assert_ptr_nonnull(file);
                (void)fprintf(file, "webhook a { url = http://h header = {\"X: y\"");
                for (int i = 1; i < CONFIG_HEADERS_MAX + over; i++)
                        (void)fprintf(file, ",\n\"X: y\"");
                (void)fprintf(file, "} }");
                ck_assert_int_eq(fclose(file), 0);
                if (over)
                        fails(":33: header has too many values", -EINVAL);
                else
                        (void)config_free(load());
        }
}
END_TEST

/* --- files and drop-ins ------------------------------------------------------------------------------------------- */

START_TEST(test_a_file_that_cannot_be_read)
{
        char error[CONFIG_ERROR_MAX];
        struct config *config;

        fails(": No such file or directory", -ENOENT);
        ck_assert_int_eq(config_load(".", &config, error), -EISDIR);
        ck_assert_ptr_nonnull(strstr(error, ": Is a directory"));
        ck_assert_int_eq(mkfifo("fifo", 0600), 0);
        ck_assert_int_eq(config_load("fifo", &config, error), -EINVAL);
        ck_assert_ptr_nonnull(strstr(error, ": not a regular file"));
        ck_assert_int_eq(config_load("/dev/zero", &config, error), -EINVAL);
        ck_assert_str_eq(error, "/dev/zero: not a regular file");
        ck_assert_int_eq(config_load("/dev/null", &config, error), 0);
        has_defaults(config);
        (void)config_free(config);
        scratch_write(FILE_NAME, "journal {}\n#\0\n", 14);
        (void)config_free(load()); /* in a comment */
        scratch_write(FILE_NAME, "journal {}\n#\n \0 {}", 18);
        fails(":3: character that needs quotes around its value, or doesn't belong here", -EINVAL);
        scratch_write(FILE_NAME, "spool { path = \"/a\0b\" }", 23);
        fails(":1: control character in a string", -EINVAL);
        scratch_write(FILE_NAME, "spool { path = '/a\\\0b' }", 24); /* libconfuse would read "/a\\" */
        fails(":1: control character in a string", -EINVAL);
}
END_TEST

START_TEST(test_a_long_path_leaves_room_for_the_message)
{
        char path[600], error[CONFIG_ERROR_MAX];
        struct config *config;

        memset(path, 'a', sizeof(path));
        path[0] = '/';
        path[sizeof(path) - 1] = '\0';
        ck_assert_int_eq(config_load(path, &config, error), -ENAMETOOLONG);
        ck_assert(memcmp(error, "...aaa", 6) == 0);
        ck_assert_ptr_nonnull(strstr(error, "aaa: File name too long"));
}
END_TEST

START_TEST(test_a_name_with_control_characters_is_made_harmless)
{
        char error[CONFIG_ERROR_MAX];
        struct config *config;

        ck_assert_int_eq(config_load("/nowhere/\033[2J\n\177.conf", &config, error), -ENOENT);
        ck_assert_str_eq(error, "/nowhere/?[2J??.conf: No such file or directory");
}
END_TEST

START_TEST(test_dropins_replace_whole_sections_in_name_order)
{
        struct config *config;

        scratch_text(FILE_NAME, "journal { enabled = false }\n"
                                "spool { path = /spool }\n"
                                "socket a { path = /a type = datagram max_age = 1h }\n"
                                "socket b { path = /b }\n"
                                "webhook c { url = http://c header = \"X: y\" }\n");
        write_dropin("20.conf", "socket a { path = /a20 }\nwebhook d { url = http://d20 }");
        write_dropin("10.conf", "socket a { path = /a10 type = seqpacket }\nwebhook c { url = http://c10 }");
        write_dropin("9.conf", "webhook d { url = http://d9 timeout = 9s }\nsocket b { enabled = false }");
        write_dropin(".30.conf", "no such thing");
        write_dropin("40.conf~", "no such thing");
        write_dropin(".conf", "no such thing");
        write_dropin("50", "no such thing");
        config = load();
        ck_assert(!config->is_journal_enabled);
        ck_assert_str_eq(config->spool_path, "/spool");
        ck_assert_uint_eq(config->n_sockets, 1);
        ck_assert_str_eq(config->sockets[0].name, "a");
        ck_assert_str_eq(config->sockets[0].path, "/a20");
        ck_assert_int_eq(config->sockets[0].type, CONFIG_SOCKET_STREAM); /* nothing is left of the replaced one */
        ck_assert_int_eq(config->sockets[0].max_age_sec, 0);
        ck_assert_uint_eq(config->n_webhooks, 2);
        ck_assert_str_eq(config->webhooks[0].name, "c"); /* keeps its place */
        ck_assert_str_eq(config->webhooks[0].url, "http://c10");
        ck_assert_uint_eq(config->webhooks[0].n_headers, 0);
        ck_assert_str_eq(config->webhooks[1].url, "http://d9"); /* "9.conf" is after "20.conf" */
        ck_assert_int_eq(config->webhooks[1].timeout_sec, 9);
        (void)config_free(config);
        write_dropin("60.conf", "journal {}");
        config = load();
        ck_assert(config->is_journal_enabled); /* an empty section is one: defaults */
        ck_assert(config->is_journal_configured);
        (void)config_free(config);
}
END_TEST

START_TEST(test_an_error_in_a_dropin_names_it)
{
        scratch_text(FILE_NAME, "socket a { path = /a }\n");
        write_dropin("1.conf", "# c\nwebhook a { url = http://h }\n");
        fails(".d/1.conf:2: webhook \"a\": duplicate name: a socket has it", -EINVAL);
        write_dropin("1.conf", "socket a { enabled = false }\nwebhook a { url = http://h }\n");
        (void)config_free(load());
        write_dropin("2.conf", "\n\nfoo\n");
        fails(".d/2.conf:3: no such option 'foo'", -EINVAL);
}
END_TEST

START_TEST(test_dropins_that_are_no_files)
{
        static const char path[] = FILE_NAME ".d/2.conf";

        scratch_text(FILE_NAME, "");
        write_dropin("1.conf", "journal { enabled = false }");
        ck_assert_int_eq(symlink("/dev/null", path), 0); /* masked */
        (void)config_free(load());
        ck_assert_int_eq(unlink(path), 0);
        ck_assert_int_eq(symlink("nowhere", path), 0);
        fails(".d/2.conf: No such file or directory", -ENOENT);
        ck_assert_int_eq(unlink(path), 0);
        ck_assert_int_eq(mkdir(path, 0755), 0);
        fails(".d/2.conf: Is a directory", -EISDIR);
        /* A file in the directory's place is no directory: nothing is in it. */
        scratch_run("rm -r " FILE_NAME ".d");
        scratch_text(FILE_NAME ".d", "no such thing");
        (void)config_free(load());
}
END_TEST

START_TEST(test_the_most_dropins)
{
        char name[16];

        scratch_text(FILE_NAME, "");
        for (int i = 0; i < CONFIG_DROPINS_MAX; i++) {
                (void)snprintf(name, sizeof(name), "%03d.conf", i);
                write_dropin(name, "");
        }
        (void)config_free(load());
        write_dropin("more.conf", "");
        fails(".d: more than 256 drop-ins", -EINVAL);
}
END_TEST

START_TEST(test_dropins_beside_a_file_of_any_name)
{
        struct config *config;

        char error[CONFIG_ERROR_MAX];

        scratch_text("a", "");
        write_dropin("1.conf", "journal { enabled = no }"); /* in a.conf.d */
        ck_assert_int_eq(config_load("a", &config, error), 0);
        ck_assert(!config->is_journal_enabled);
        (void)config_free(config);
}
END_TEST

/* --- the shipped file --------------------------------------------------------------------------------------------- */

#define SHIPPED TESTS_DIR "/../config/oomwatchd.conf"

START_TEST(test_the_shipped_file_gives_the_defaults)
{
        char error[CONFIG_ERROR_MAX] = "";
        struct config *config;

        ck_assert_msg(config_load(SHIPPED, &config, error) == 0, "%s", error);
        has_defaults(config);
        (void)config_free(config);
}
END_TEST

/* Where a default depends on the prefix of the installation, the file shows the one of a distribution's. */
static void as_shipped(const char *value, char *shipped, size_t size)
{
        static const struct {
                const char *built, *shipped;
        } directories[] = { { OOMWATCH_STATEDIR, "/var/lib/oomwatchd" }, { OOMWATCH_RUNDIR, "/run/oomwatchd" } };

        (void)snprintf(shipped, size, "%s", value);
        for (size_t i = 0; i < COUNT(directories); i++) {
                size_t length = strlen(directories[i].built);

                if (strncmp(value, directories[i].built, length) == 0)
                        (void)snprintf(shipped, size, "%s%s", directories[i].shipped, value + length);
        }
}

/* Finds the line `#<name> = ...` below `#<section> ...{`, and checks its value and the words before it. */
static void is_shown(const struct config_key *key)
{
        FILE *file = fopen(SHIPPED, "re");
        char line[256], section[64] = "", prose[2048] = "", name[64], value[128], quoted[130], expected[128];
        bool found = false;

        ck_assert_ptr_nonnull(file);
        while (!found && fgets(line, sizeof(line), file)) {
                if (line[0] == '#' && line[1] >= 'a' && line[1] <= 'z') {
                        (void)sscanf(line, "#%63[a-z]", section);
                } else if (strncmp(line, "        # ", 10) == 0) {
                        (void)strncat(prose, line, sizeof(prose) - strlen(prose) - 1);
                } else if (line[0] == '\n') {
                        prose[0] = '\0';
                } else if (sscanf(line, " #%63[a-z_] = %127[^\n]", name, value) == 2 &&
                           strcmp(section, key->section) == 0 && strcmp(name, key->name) == 0) {
                        found = true;
                }
                if (line[0] == '#')
                        prose[0] = '\0';
        }
        (void)fclose(file);
        ck_assert_msg(found, "%s.%s is not in " SHIPPED, key->section, key->name);
        ck_assert_msg(strstr(prose, key->is_reloadable ? "[reload]" : "[restart]"), "%s.%s: %s", key->section,
                      key->name, prose);
        if (key->default_value) {
                as_shipped(key->default_value, expected, sizeof(expected));
                (void)snprintf(quoted, sizeof(quoted), "\"%s\"", expected);
                ck_assert_msg(strcmp(value, expected) == 0 || strcmp(value, quoted) == 0, "%s.%s: %s", key->section,
                              key->name, value);
        } else {
                ck_assert_msg(strstr(prose, "Default: ") || strstr(prose, "there is no default"), "%s.%s: %s",
                              key->section, key->name, prose);
        }
}

START_TEST(test_the_shipped_file_shows_every_key)
{
        struct config_key key = { 0 };
        size_t count = 0;

        while (config_key(count, &key)) {
                is_shown(&key);
                count++;
        }
        ck_assert_uint_ge(count, 19);
        ck_assert_str_eq(key.section, "webhook"); /* past the last: untouched */
}
END_TEST

START_TEST(test_the_shipped_file_is_right_when_all_of_it_is_uncommented)
{
        FILE *from = fopen(SHIPPED, "re"), *to = fopen(FILE_NAME, "we");
        struct config *config;
        char line[256];

        ck_assert(from && to);
        while (fgets(line, sizeof(line), from)) {
                char *hash = strchr(line, '#');

                if (hash && hash[1] != ' ' && hash[1] != '\n')
                        *hash = ' ';
                ck_assert_int_ge(fputs(line, to), 0);
        }
        (void)fclose(from);
        ck_assert_int_eq(fclose(to), 0);
        config = load();
        ck_assert(config->is_journal_enabled);
        ck_assert_str_eq(config->spool_path, "/var/lib/oomwatchd/spool");
        ck_assert_uint_eq(config->n_sockets, 1);
        ck_assert_uint_eq(config->n_webhooks, 1);
        ck_assert_uint_eq(config->webhooks[0].n_headers, 1);
        ck_assert_int_eq(config->webhooks[0].timeout_sec, 10);
        (void)config_free(config);
}
END_TEST

TEST_MAIN("config_files", CASE(test_the_longest_values), CASE(test_the_largest_file),
          CASE(test_the_most_sinks_and_headers), CASE(test_a_file_that_cannot_be_read),
          CASE(test_a_long_path_leaves_room_for_the_message),
          CASE(test_a_name_with_control_characters_is_made_harmless),
          CASE(test_dropins_replace_whole_sections_in_name_order), CASE(test_an_error_in_a_dropin_names_it),
          CASE(test_dropins_that_are_no_files), CASE(test_the_most_dropins),
          CASE(test_dropins_beside_a_file_of_any_name), CASE(test_the_shipped_file_gives_the_defaults),
          CASE(test_the_shipped_file_shows_every_key),
          CASE(test_the_shipped_file_is_right_when_all_of_it_is_uncommented))
