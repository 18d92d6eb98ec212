/* daemon/common/config.h: what a file may say, and what each error is called. */

#include "config_fixture.h"
#include "util/array.h"

#define PLAIN_ONLY "character that needs quotes around its value, or doesn't belong here"

/* --- good files --------------------------------------------------------------------------------------------------- */

START_TEST(test_nothing_said_gives_the_defaults)
{
        static const char *const texts[] = { "", "\n", "# a comment", "\r\n \t\r\n",
                                             "journal {}\nspool {}\ncursor {}" };

        for (size_t i = 0; i < COUNT(texts); i++) {
                struct config *config = load_text(texts[i]);

                has_defaults(config);
                ck_assert_ptr_null(config_free(config));
        }
        ck_assert_ptr_null(config_free(NULL));
}
END_TEST

START_TEST(test_every_key_is_read)
{
        struct config *config =
                load_text("journal { enabled = off cmdline = none }\n"
                          "privacy { redact = {\"--password=*\", '\\*? *'} }\n"
                          "spool { path = /srv/spool max_files = 10 max_size = 3M } cursor { path = '/run/c' }\n"
                          "history { path = /var/h } control { enabled = no path = /run/s group = 'a b' }\n"
                          "socket agent { path = \"/run/a b\" type = seqpacket max_age = 2h cmdline = program order = "
                          "strict }\r\n"
                          "socket plain { path = \"/run/p\" }\n"
                          "webhook \"pager.1\" {\n"
                          "  url = \"https://[::1]:8443/x?y=z#\\\"\\\\\"\n"
                          "  format = native\n"
                          "  header = {\"X-Team: storage\", # one\n"
                          "            'X-Escape: ${a} \\'a\\' \\n'}\n"
                          "  token_file = /etc/token   ca_file = /etc/ca\n"
                          "  client_cert = /etc/cert   client_key = /etc/key\n"
                          "  proxy = socks5h://proxy:1080\n"
                          "  timeout = 5min  retry_for = 30d  max_age = 90\n"
                          "  cmdline = full  insecure = true\n"
                          "}\n"
                          "webhook least { url = http://h }\n");
        const struct config_webhook *webhook = &config->webhooks[0];

        ck_assert(!config->is_journal_enabled);
        ck_assert_int_eq(config->journal_cmdline, CONFIG_CMDLINE_NONE);
        ck_assert_uint_eq(config->n_redact, 2);
        ck_assert_str_eq(config->redact[0], "--password=*");
        ck_assert_str_eq(config->redact[1], "\\*? *");
        ck_assert_str_eq(config->spool_path, "/srv/spool");
        ck_assert_uint_eq(config->spool_files_max, 10);
        ck_assert_uint_eq(config->spool_bytes_max, 3 << 20);
        ck_assert_str_eq(config->cursor_path, "/run/c");
        ck_assert_str_eq(config->history_path, "/var/h");
        ck_assert(!config->is_control_enabled);
        ck_assert(config->is_control_configured);
        ck_assert_str_eq(config->control_path, "/run/s");
        ck_assert_str_eq(config->control_group, "a b");
        ck_assert_uint_eq(config->n_sockets, 2);
        ck_assert_str_eq(config->sockets[0].name, "agent");
        ck_assert_str_eq(config->sockets[0].path, "/run/a b");
        ck_assert_int_eq(config->sockets[0].type, CONFIG_SOCKET_SEQPACKET);
        ck_assert_int_eq(config->sockets[0].max_age_sec, 7200);
        ck_assert_int_eq(config->sockets[0].order, CONFIG_ORDER_STRICT);
        ck_assert_int_eq(config->sockets[1].type, CONFIG_SOCKET_STREAM);
        ck_assert_int_eq(config->sockets[1].order, CONFIG_ORDER_FRESH_FIRST);
        ck_assert_int_eq(config->sockets[1].max_age_sec, 0);
        ck_assert_int_eq(config->sockets[0].cmdline, CONFIG_CMDLINE_PROGRAM);
        ck_assert_int_eq(config->sockets[1].cmdline, CONFIG_CMDLINE_FULL);
        ck_assert_uint_eq(config->n_webhooks, 2);
        ck_assert_str_eq(webhook->name, "pager.1");
        ck_assert_str_eq(webhook->url, "https://[::1]:8443/x?y=z#\"\\");
        ck_assert_uint_eq(webhook->n_headers, 2);
        ck_assert_str_eq(webhook->headers[0], "X-Team: storage");
        ck_assert_str_eq(webhook->headers[1], "X-Escape: ${a} 'a' \\n");
        ck_assert_str_eq(webhook->token_file, "/etc/token");
        ck_assert_str_eq(webhook->ca_file, "/etc/ca");
        ck_assert_str_eq(webhook->client_cert, "/etc/cert");
        ck_assert_str_eq(webhook->client_key, "/etc/key");
        ck_assert_str_eq(webhook->proxy, "socks5h://proxy:1080");
        ck_assert_int_eq(webhook->timeout_sec, 300);
        ck_assert_int_eq(webhook->retry_for_sec, 30 * 86400);
        ck_assert_int_eq(webhook->max_age_sec, 90);
        ck_assert_int_eq(webhook->cmdline, CONFIG_CMDLINE_FULL);
        ck_assert(webhook->is_insecure);
        webhook++;
        ck_assert_int_eq(webhook->cmdline, CONFIG_CMDLINE_PROGRAM);
        ck_assert(!webhook->is_insecure);
        ck_assert_str_eq(webhook->url, "http://h");
        ck_assert_uint_eq(webhook->n_headers, 0);
        ck_assert_ptr_null(webhook->token_file);
        ck_assert_ptr_null(webhook->ca_file);
        ck_assert_ptr_null(webhook->client_cert);
        ck_assert_ptr_null(webhook->client_key);
        ck_assert_ptr_null(webhook->proxy);
        ck_assert_int_eq(webhook->timeout_sec, 10);
        ck_assert_int_eq(webhook->retry_for_sec, 86400);
        ck_assert_int_eq(webhook->max_age_sec, 0);
        (void)config_free(config);
}
END_TEST

START_TEST(test_a_disabled_sink_is_not_there)
{
        struct config *config = load_text("socket a { enabled = false }\n"
                                          "socket b { path = /b }\n"
                                          "webhook a { enabled = no url = http://h }\n"
                                          "webhook c { url = http://h }\n");

        ck_assert_uint_eq(config->n_sockets, 1);
        ck_assert_str_eq(config->sockets[0].name, "b");
        ck_assert_uint_eq(config->n_webhooks, 1);
        ck_assert_str_eq(config->webhooks[0].name, "c");
        (void)config_free(config);
}
END_TEST

/* --- bad files ---------------------------------------------------------------------------------------------------- */

struct bad {
        const char *text;
        const char *message; /* after the file's name */
};

static void all_fail(const struct bad *cases, size_t count)
{
        for (size_t i = 0; i < count; i++)
                text_fails(cases[i].text, cases[i].message);
}

START_TEST(test_what_is_not_of_the_language_is_an_error)
{
        static const struct bad cases[] = {
                { "journal {", ":1: '{' without its '}'" },
                { "journal {}\nsocket a {\n path = /a\n#}\n", ":2: '{' without its '}'" },
                { "webhook a {\n header = {\"X: y\"\n\n", ":2: '{' without its '}'" },
                { "journal {}}", ":1: '}' without its '{'" },
                { "webhook a {\n header = {{", ":2: '{' within a list" },
                { "\nspool { path = \"/a\n}\n", ":2: string without its closing quote on the same line" },
                { "spool { path = '/a }", ":1: string without its closing quote on the same line" },
                { "spool { path = \"/a\\", ":1: unknown escape in double quotes (there are \\\" and \\\\)" },
                { "spool { path = \"/a\\0b\" }", ":1: unknown escape in double quotes (there are \\\" and \\\\)" },
                { "spool { path = '/a\\\n' }", ":1: string without its closing quote on the same line" },
                { "#\n#\nspool { path = \"/${HOME}\" }",
                  ":3: \"${\" in double quotes (single quotes keep it as it is)" },
                { "spool { path = ${HOME} }", ":1: " PLAIN_ONLY },
                { "spool { path = \"/\033[2J\" }", ":1: control character in a string" },
                { "spool { path = '/\177' }", ":1: control character in a string" },
                { "spool\f{}", ":1: " PLAIN_ONLY },
                { "spool {}\rcursor {}", ":1: " PLAIN_ONLY },
                { "\nwebhook a { url = https://h/?a=b }", ":2: " PLAIN_ONLY },
                { "webhook a { header += {\"X: y\"} }", ":1: " PLAIN_ONLY },
                { "journal|enabled = false", ":1: " PLAIN_ONLY },
                { "include(/etc/passwd)", ":1: " PLAIN_ONLY },
                { "\357\273\277journal {}", ":1: " PLAIN_ONLY },
                { "\"journal|enabled\" = false", ":1: no sub-section title/index for 'journal'" },
                { "journal {}\n\"journal|enabled\" = false", ":2: no such option 'enabled'" },
                { "socket a { path = /x }\n\"socket=a|path\" = /y", ":2: no such option 'path'" },
                { "journal {\n\"(loader)\" # x\n = \"x\" }", ":3: no such option '(loader)'" },
                { "max-age = 1", ":1: no such option 'max-age'" },
                { "\"(loader)\" = x", ":1: no such option '(loader)'" },
                { "\n\"\" = x", ":2: no such option ''" },
                { "journal {}\nsocket a {\n path = /x\n '' }\ncursor {}", ":4: no such option ''" },
                { "socket a { path = /x }\nsocket b {\n path = /x }\n''", ":4: no such option ''" },
                { "// comment\njournal {}", ":1: \"//\" (a comment begins with '#')" },
                { "/* comment */", ":1: " PLAIN_ONLY },
        };

        all_fail(cases, COUNT(cases));
}
END_TEST

START_TEST(test_unknown_names_and_broken_syntax_are_errors)
{
        static const struct bad cases[] = {
                { "journl {}", ":1: no such option 'journl'" },
                { "journal {}\n# c\n# d\njournal_x = 1", ":4: no such option 'journal_x'" },
                { "journal {\n\n enable = true\n}", ":3: no such option 'enable'" },
                { "controls { path = /x }", ":1: no such option 'controls'" },
                { "metrics { listen = 127.0.0.1:9889 }", ":1: no such option 'metrics'" },
                { "webhook a {\n colaesce = 30s }", ":2: no such option 'colaesce'" },
                { "webhook a {\n url = http://h\n match { } }", ":3: no such option 'match'" },
                { "enabled = true", ":1: no such option 'enabled'" },
                { "journal { path = /x }", ":1: no such option 'path'" },
                { "journal { ENABLED = true }", ":1: no such option 'ENABLED'" },
                { "journal { enabled true }", ":1: missing equal sign after option 'enabled'" },
                { "journal { enabled = }", ":1: unexpected token '}'" },
                { "journal {\n enabled = =\n}", ":2: unexpected token '='" },
                { "journal { enabled = {true} }", ":1: unexpected token '{'" },
                { "journal true", ":1: missing opening brace for section 'journal'" },
                { "socket { path = /x }", ":1: missing title for section 'socket'" },
                { "socket a b { path = /x }", ":1: missing opening brace for section 'socket'" },
                { "journal x {}", ":1: missing opening brace for section 'journal'" },
                { "webhook a { header = {\"X: y\" \"Z: z\"} }", ":1: unexpected token ..." },
                { "webhook a { header = {,} }", ":1: unexpected token ','" },
                { "journal {} }", ":1: '}' without its '{'" },
                { "journal", ":1: premature end of file" },
                { "journal {}\nspool { path = }", ":2: unexpected token '}'" },
        };

        all_fail(cases, COUNT(cases));
}
END_TEST

START_TEST(test_a_second_of_the_same_name_in_one_file_is_an_error)
{
        static const struct bad cases[] = {
                { "journal {}\njournal {}", ":2: duplicate section 'journal'" },
                { "spool {}\n\nspool {\n}", ":4: duplicate section 'spool'" },
                { "socket a { path = /x }\nsocket a { path = /y }", ":2: found duplicate title 'a'" },
                { "webhook a { url = http://h }\nwebhook a {}", ":2: found duplicate title 'a'" },
                { "socket a { path = /x }\nwebhook a { url = http://h }",
                  ":2: webhook \"a\": duplicate name: a socket has it" },
                { "webhook a { url = http://h }\nsocket a {\n path = /x\n}",
                  ":4: socket \"a\": duplicate name: a webhook has it" },
                { "journal {\n enabled = true\n enabled = true\n}", ":3: duplicate key 'enabled'" },
                { "webhook a {\n header = {\"X: y\", \"Z: z\"}\n header = {\"X: y\"}\n}",
                  ":3: duplicate key 'header'" },
        };

        all_fail(cases, COUNT(cases));
}
END_TEST

START_TEST(test_values_are_checked_on_their_line)
{
        static const struct bad cases[] = {
                { "journal {\n enabled = maybe\n}", ":2: enabled must be true or false" },
                { "journal { enabled = TRUE }", ":1: enabled must be true or false" },
                { "journal { enabled = \"\" }", ":1: enabled must be true or false" },
                { "spool {\n# c\n path = var/spool }", ":3: path must be an absolute path" },
                { "spool { path = \"\" }", ":1: path must be an absolute path" },
                { "spool { path = ~/spool }", ":1: " PLAIN_ONLY },
                { "spool { path = \"/a\tb\" }", ":1: path must not hold control characters" },
                { "cursor { path = /run/c/ }", ":1: path must be a file's path, not a directory's" },
                { "control { path = run/s }", ":1: path must be an absolute path" },
                { "control { group = \"a:b\" }", ":1: group must be the name of a group, or its number" },
                { "socket a { type = Stream }", ":1: type must be stream, datagram or seqpacket" },
                { "socket a { type = dgram }", ":1: type must be stream, datagram or seqpacket" },
                { "socket a { order = newest }", ":1: order must be strict or fresh-first" },
                { "socket a {\n max_age = 366d\n}", ":2: max_age is too long a time" },
                { "webhook a { format = slack }", ":1: format must be native" },
                { "webhook a { timeout = 0 }", ":1: timeout is too short a time" },
                { "webhook a { timeout = 301 }", ":1: timeout is too long a time" },
                { "webhook a { retry_for = 31d }", ":1: retry_for is too long a time" },
                { "webhook a { retry_for = 0s }", ":1: retry_for is too short a time" },
                { "webhook a {\n header = {\"X: y\",\n \"Z\"} }", ":3: header must be \"Name: value\"" },
                { "webhook a { token_file = token }", ":1: token_file must be an absolute path" },
                { "webhook a { url = ftp://h }", ":1: url must begin with https:// or http://" },
                { "webhook a { proxy = h:1 }",
                  ":1: proxy must begin with http://, https://, socks4://, socks4a://, socks5:// or socks5h://" },
        };

        all_fail(cases, COUNT(cases));
}
END_TEST

#define BARE_TOKEN "the token would go over http:// for anybody to read: use https://, or set insecure = true"

START_TEST(test_a_section_is_checked_at_its_end)
{
        static const struct bad cases[] = {
                { "socket a {\n}", ":2: socket \"a\": path is missing" },
                { "webhook a {\n timeout = 1s\n}", ":3: webhook \"a\": url is missing" },
                { "webhook a { url = http://h client_key = /k }", ":1: webhook \"a\": client_key without client_cert" },
                { "webhook a { url = http://h token_file = /t header = \"authorization: x\" }",
                  ":1: webhook \"a\": token_file and a header \"Authorization\"" },
                { "webhook a { url = HTTP://h token_file = /t\n}", ":2: webhook \"a\": " BARE_TOKEN },
                { "webhook a { url = http://h header = \"authorization: x\" insecure = no }",
                  ":1: webhook \"a\": " BARE_TOKEN },
                { "socket \"../a\" { path = /x }",
                  ":1: socket: the name must be of letters, digits, '-', '_' and '.', and not begin with '.'" },
                { "webhook rejected {\n enabled = false }",
                  ":2: webhook: the name \"rejected\" is taken: the spool has a directory of that name" },
        };

        all_fail(cases, COUNT(cases));
}
END_TEST

START_TEST(test_where_a_token_may_go)
{
        (void)config_free(load_text("webhook a { url = https://h token_file = /t }\n"
                                    "webhook b { url = http://h token_file = /t insecure = true }\n"
                                    "webhook c { url = http://h header = \"X-Team: a\" }\n"));
}
END_TEST

START_TEST(test_a_later_privacy_section_replaces_the_earlier)
{
        struct config *config;

        scratch_text(FILE_NAME, "privacy { redact = {\"a*\", \"b*\"} }");
        write_dropin("1.conf", "privacy { redact = \"c*\" }");
        config = load();
        ck_assert_uint_eq(config->n_redact, 1);
        ck_assert_str_eq(config->redact[0], "c*");
        (void)config_free(config);
        write_dropin("1.conf", "privacy { }");
        config = load();
        ck_assert_uint_eq(config->n_redact, 0);
        (void)config_free(config);
}
END_TEST

/* Whatever is in the wrong place, no message repeats it. */
START_TEST(test_messages_never_hold_a_value)
{
        static const char *const texts[] = {
                "webhook a { url = \"SECRET\" }",
                "webhook a { url = \"https://u:SECRET@h\" }",
                "webhook a { url = \"https://SECRET SECRET\" }",
                "webhook a { header = {\"SECRET\"} }",
                "webhook a { header = {\"X: SECRET\" \"Authorization: SECRET\"} }",
                "webhook a { header = \"X: y\" \"Bearer SECRET\" }",
                "webhook a { header = {\"Authorization: SECRET\", \"Y\"} }",
                "webhook a { token_file = \"SECRET\" }",
                "webhook a { timeout = \"SECRET\" }",
                "webhook a { proxy = \"SECRET\" }",
                "journal { enabled = \"SECRET\" }",
                "socket a { type = \"SECRET\" path = /x }",
                "socket \"SECRET SECRET\" { path = /x }",
                "webhook a { header = {\"X: SECRET\\n\"} }",
                "webhook a { url = \"SECRET\n }",
        };

        for (size_t i = 0; i < COUNT(texts); i++) {
                char error[CONFIG_ERROR_MAX] = "";
                struct config *config;

                scratch_text(FILE_NAME, texts[i]);
                ck_assert_int_eq(config_load(FILE_NAME, &config, error), -EINVAL);
                ck_assert_msg(!strstr(error, "SECRET"), "%s", error);
                ck_assert_msg(strncmp(error, FILE_NAME, strlen(FILE_NAME)) == 0, "%s", error);
        }
}
END_TEST

START_TEST(test_nothing_stays_from_a_file_that_failed)
{
        /* libconfuse's lexer keeps its state in variables of its own. */
        struct config *config;

        text_fails("journal { enabled = \"x\ty\" }", ":1: enabled must be true or false");
        text_fails("webhook a { header = {\"X: y\"", ":1: '{' without its '}'");
        text_fails("webhook a { header = {\"X: y\", 1} }", ":1: header must be \"Name: value\"");
        config = load_text("webhook a { url = http://h }");
        ck_assert_uint_eq(config->webhooks[0].n_headers, 0);
        (void)config_free(config);
}
END_TEST

TEST_MAIN("config", CASE(test_nothing_said_gives_the_defaults), CASE(test_every_key_is_read),
          CASE(test_a_disabled_sink_is_not_there), CASE(test_what_is_not_of_the_language_is_an_error),
          CASE(test_unknown_names_and_broken_syntax_are_errors),
          CASE(test_a_second_of_the_same_name_in_one_file_is_an_error), CASE(test_values_are_checked_on_their_line),
          CASE(test_a_section_is_checked_at_its_end), CASE(test_where_a_token_may_go),
          CASE(test_a_later_privacy_section_replaces_the_earlier), CASE(test_messages_never_hold_a_value),
          CASE(test_nothing_stays_from_a_file_that_failed))
