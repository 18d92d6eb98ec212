/* lib/logfile/json.h, journal_export.h: entries of the journal. */

#include "harness.h"
#include "log_reading.h"
#include "logfile/journal_export.h"
#include "logfile/json.h"

#define BOOT "c56c0bf4273b4284a175f502b3855546"

/* ---- JSON ----------------------------------------------------------------------------------------------------------- */

/* Records in parentheses, with their values; "!" at the end of one that isn't whole. */
static void add(char *out, const char *bytes, size_t length)
{
        size_t at = strlen(out);

        ck_assert_uint_lt(at + length, 512);
        for (size_t i = 0; i < length; i++)
                out[at++] = bytes[i] ? bytes[i] : '@';
        out[at] = '\0';
}

static void on_begin(bool is_object, void *userdata)
{
        add(userdata, is_object ? "(" : "((", is_object ? 1 : 2);
}

static bool on_value(const struct log_json_value *value, void *userdata)
{
        add(userdata, value->path.data, value->path.length);
        add(userdata, value->is_element ? ":" : value->kind == LOG_JSON_WORD ? "~" : "=", 1);
        add(userdata, value->value.data, value->value.length);
        add(userdata, ";", 1);
        return false;
}

static void on_end(bool is_whole, void *userdata)
{
        add(userdata, is_whole ? ")" : "!)", is_whole ? 1 : 2);
}

/* Reads lines; size: of the buffer, which is allocated for the sanitizer to see. */
static enum log_json_result read_lines(struct text lines, size_t size, bool is_middle, char *out)
{
        static const struct log_json_handler handler = { on_begin, on_value, on_end };
        static struct log_json json;
        char *buffer = malloc(size);
        enum log_json_result result = LOG_JSON_DONE;

        ck_assert_ptr_nonnull(buffer);
        out[0] = '\0';
        log_json_init(&json, &handler, out, buffer, size);
        if (is_middle)
                log_json_begin_middle(&json);
        do {
                result = log_json_push(&json, text_eat_until(&lines, '\n'));
        } while (result != LOG_JSON_NOT && text_eat(&lines, TEXT("\n")));
        if (is_middle)
                log_json_abort(&json, true);
        free(buffer);
        return result;
}

static bool read_object(struct text line, char *out)
{
        return read_lines(line, 512, false, out) == LOG_JSON_DONE;
}

START_TEST(test_objects)
{
        static const struct {
                const char *line, *members;
        } objects[] = {
                { "{}", "()" },
                { " { } \r", "()" },
                { "{\"a\":\"b\",\"c\":\"\"}", "(a=b;c=;)" },
                { "\t{ \"a\" : \"b\" ,\t\"c\" : 1 }", "(a=b;c~1;)" },
                { "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", "(a=\"\\/\b\f\n\r\t;)" },
                { "{\"a\":\"\\u00e9\\u2192\\ud83d\\ude00\\u0041\\u0000\"}", "(a=\xc3\xa9\xe2\x86\x92\xf0\x9f\x98\x80"
                                                                            "A@;)" },
                { "{\"a\":\"\\ud83dx\\ude00\\ud83d\\u0041\"}", "(a=\xef\xbf\xbdx\xef\xbf\xbd\xef\xbf\xbd"
                                                               "A;)" },
                { "{\"a\":[65,0,255],\"b\":[ 66 , 67 ]}", "(a=A@\xff;b=BC;)" },
                { "{\"a\":[],\"b\":[256],\"c\":[1.5],\"d\":[\"x\",\"y\"],\"e\":\"f\"}", "(b~256;c~1.5;d=x;d=y;e=f;)" },
                { "{\"a\":{\"b\":[{\"c\":\"]}\\\"\"}]},\"d\":null,\"e\":true}", "((a.b.c=]}\";)d~null;e~true;)" },
                { "{\"a\":[[\"1\",\"x\"]],\"b\":\"c\"}", "(((a:1;a:x;)b=c;)" },
                { "[{\"a\":\"b\"},{\"a\":\"c\"}]", "(((a=b;)(a=c;))" },
                { "[\"x\",\"y\"]", "((:x;:y;)" },
                { "{\"a\":\"b\"}{\"c\":\"d\"}", "(a=b;)(c=d;)" },
                { "\x1e{\"a\":\"b\"},{}", "(a=b;)()" },
                { "{\"a\":\"\xff\x01\"}", "(a=\xff\x01;)" },
        };
        char out[512];

        for (size_t i = 0; i < COUNT(objects); i++) {
                ck_assert_msg(read_object(text_from(objects[i].line), out), "'%s'", objects[i].line);
                ck_assert_str_eq(out, objects[i].members);
        }
}
END_TEST

START_TEST(test_what_is_no_object)
{
        static const char *const lines[] = {
                "{",
                "}",
                "\"a\"",
                "[  12.345678] a",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":\"b\"",
                "{\"a\":\"b",
                "{\"a\":\"b\\",
                "{\"a\":\"b\\\"}",
                "{\"a\":\"\\x41\"}",
                "{\"a\":\"\\u12\"}",
                "{\"a\":\"\\u12g4\"}",
                "{\"a\":\"b\",}",
                "{\"a\":\"b\"}x",
                "{a:\"b\"}",
                "{\"a\" \"b\"}",
                "{\"a\":[1,2}",
                "{\"a\":[1,2",
                "{\"a\":{\"b\":[}]}}",
                "{\"a\":{]}",
                "{\"a\":tr\"ue\"}",
        };
        char out[512];

        for (size_t i = 0; i < COUNT(lines); i++)
                ck_assert_msg(!read_object(text_from(lines[i]), out), "'%s'", lines[i]);
}
END_TEST

START_TEST(test_deepest_object)
{
        char line[128], out[512];

        for (size_t depth = LOG_JSON_DEPTH_MAX; depth <= LOG_JSON_DEPTH_MAX + 1; depth++) {
                memset(line, '[', depth);
                memset(line + depth, ']', depth);
                line[2 * depth] = '\0';
                ck_assert(read_object(text_from(line), out) == (depth == LOG_JSON_DEPTH_MAX));
        }
}
END_TEST

START_TEST(test_longest_path)
{
        char line[2 * LOG_JSON_PATH_MAX + 16], out[512];

        for (size_t length = LOG_JSON_PATH_MAX; length <= LOG_JSON_PATH_MAX + 1; length++) {
                memset(line, 'x', sizeof(line));
                memcpy(line, "{\"", 2);
                memcpy(line + 2 + length, "\":\"y\"}", 7);
                ck_assert(read_object(text_from(line), out));
                ck_assert_uint_eq(strlen(out), 1 + LOG_JSON_PATH_MAX + 4); /* "(", path, "=y;)" */
        }
}
END_TEST

/* A record that has no room for its values isn't whole; the next one is. */
START_TEST(test_full_record)
{
        char out[512];

        ck_assert(read_lines(TEXT("[{\"a\":\"1234567\"},{\"a\":\"12345678\"},{\"a\":\"b\"}]"), 8, false, out) ==
                  LOG_JSON_DONE);
        ck_assert_str_eq(out, "(((a=1234567;)(!)(a=b;))");
}
END_TEST

START_TEST(test_document_over_lines)
{
        static const struct {
                const char *lines, *records;
                bool is_middle;
        } cases[] = {
                { "{\n\"a\":\n\"b\"\n,\"c\":[\n1,\n2]}", "(a=b;c=\x01\x02;)", false },
                { "{\"a\":[\n{\"b\":\"c\"\n},{\n\"b\":\"d\"}]}", "((a.b=c;)(a.b=d;))", false },
                /* beginning among the members: an object ends, and what is around it shows after it */
                { "\"a\":\"b\"\n}", "(a=b;)", true },
                { "\"a\":\"b\"},\n\"c\":\"d\"}", "(a=b;c=d;)", true },
                { "\"a\":\"b\"},\n{\"c\":\"d\"}]}", "(a=b;)(c=d;)", true },
                { "\"a\":\"b\"}]\n,\"c\":\"d\"}", "(a=b;)(c=d;)", true },
                { "\"a\":\"b\"}\n{\"c\":\"d\"}", "(a=b;)(c=d;)", true },
                { "\"a\":\"b\"},[\"x\"]],\"y\":\"z\"}", "(a=b;)((:x;)(y=z;)", true },
        };
        char out[512];

        for (size_t i = 0; i < COUNT(cases); i++) {
                ck_assert_msg(read_lines(text_from(cases[i].lines), 512, cases[i].is_middle, out) != LOG_JSON_NOT,
                              "%zu", i);
                ck_assert_str_eq(out, cases[i].records);
        }
}
END_TEST

START_TEST(test_entry_in_json)
{
        struct reading *reading = read_text(
                TEXT("{\"_TRANSPORT\":\"kernel\",\"PRIORITY\":\"3\",\"_SOURCE_MONOTONIC_TIMESTAMP\":\"66286136\","
                     "\"SYSLOG_FACILITY\":\"0\",\"_HOSTNAME\":\"h\",\"__REALTIME_TIMESTAMP\":\"1795332816638210\","
                     "\"_BOOT_ID\":\"" BOOT "\",\"MESSAGE\":[97,10,255]}\n"
                     "{\"_TRANSPORT\":\"kernel\",\"PRIORITY\":\"8\",\"_SOURCE_MONOTONIC_TIMESTAMP\":\"-1\","
                     "\"_BOOT_ID\":\"short\",\"__REALTIME_TIMESTAMP\":\"12x\",\"MESSAGE\":\"b\"}\n"
                     "{\"_TRANSPORT\":\"kernel\",\"MESSAGE\":null}\n"
                     "{\"_TRANSPORT\":\"kernel\",\"SYSLOG_FACILITY\":\"x\",\"MESSAGE\":\"c\"}\n"));
        const struct log_message *message = &reading->messages[0];

        ck_assert_uint_eq(reading->count, 2);
        assert_same(message->text, TEXT("a\n\xff"));
        assert_same(message->host, TEXT("h"));
        assert_same(message->boot_id, TEXT(BOOT));
        ck_assert_int_eq(message->level, 3);
        ck_assert_int_eq(message->mono_usec, 66286136);
        ck_assert_int_eq(message->time.usec, 1795332816638210);
        ck_assert_uint_eq(message->time.doubts, 0);
        message = &reading->messages[1];
        assert_same(message->text, TEXT("b"));
        ck_assert_int_eq(message->level, LOG_UNKNOWN);
        ck_assert_int_eq(message->mono_usec, LOG_UNKNOWN);
        ck_assert_int_eq(message->time.usec, LOG_UNKNOWN);
        ck_assert_uint_eq(message->boot_id.length, 0);
        reading_free(reading);
}
END_TEST

START_TEST(test_pretty_json)
{
        struct reading *reading =
                read_text(TEXT("{\n\t\"_TRANSPORT\" : \"kernel\",\n\t\"MESSAGE\" : [\n\t\t97,\n\t\t98\n\t]\n}\n"
                               "{\n\t\"_TRANSPORT\" : \"syslog\",\n\t\"MESSAGE\" : \"no\"\n}\n"
                               "{\n\t\"_TRANSPORT\" : \"kernel\",\nAug 25 14:06:20 h kernel: b\n"));

        ck_assert_uint_eq(reading->count, 2);
        assert_same(reading->messages[0].text, TEXT("ab"));
        ck_assert_uint_eq(reading->messages[0].line_number, 1);
        assert_same(reading->messages[1].text, TEXT("b"));
        reading_free(reading);
        /* reading begins among the members */
        reading = read_text(TEXT("\t\"_TRANSPORT\" : \"kernel\",\n\t\"MESSAGE\" : \"a\"\n}\n"));
        ck_assert_uint_eq(reading->count, 1);
        assert_same(reading->messages[0].text, TEXT("a"));
        reading_free(reading);
}
END_TEST

/* ---- export --------------------------------------------------------------------------------------------------------- */

#define KERNEL "__CURSOR=s=1\n_TRANSPORT=kernel\nSYSLOG_FACILITY=0\n"

/* name, the length as eight bytes, length bytes of value, a newline; returns how many bytes that is */
static size_t put_binary(char *data, const char *name, uint64_t said, const char *value, size_t length)
{
        size_t at = strlen(name);

        memcpy(data, name, at);
        data[at++] = '\n';
        for (unsigned i = 0; i < 8; i++)
                data[at++] = (char)(said >> (8 * i) & 0xff);
        memcpy(data + at, value, length);
        at += length;
        data[at++] = '\n';
        return at;
}

START_TEST(test_entry_in_export)
{
        struct reading *reading = read_text(
                TEXT(KERNEL "PRIORITY=3\n_HOSTNAME=h\n_BOOT_ID=" BOOT "\n__REALTIME_TIMESTAMP=1795332816638210\n"
                            "_SOURCE_MONOTONIC_TIMESTAMP=66286136\nMESSAGE=a=b\nX1_Y=\n\n" KERNEL "MESSAGE=c\n\n"));
        const struct log_message *message = &reading->messages[0];

        ck_assert_uint_eq(reading->count, 2);
        assert_same(message->text, TEXT("a=b"));
        assert_same(message->host, TEXT("h"));
        assert_same(message->boot_id, TEXT(BOOT));
        ck_assert_int_eq(message->level, 3);
        ck_assert_int_eq(message->mono_usec, 66286136);
        ck_assert_int_eq(message->time.usec, 1795332816638210);
        ck_assert_uint_eq(message->line_number, 1);
        ck_assert_uint_eq(reading->messages[1].line_number, 12);
        ck_assert_uint_eq(reading->messages[1].host.length, 0);
        reading_free(reading);
}
END_TEST

/* Every length up to some hundreds: among them those whose bytes are newlines. */
START_TEST(test_binary_values_of_every_length)
{
        static char data[8192], value[2600];

        for (size_t i = 0; i < sizeof(value); i++)
                value[i] = "\n_TRANSPORT=x\n\n__CURSOR="[i % 24];
        for (size_t length = 0; length < sizeof(value); length += length < 300 || length > 2500 ? 1 : 50) {
                struct reading *reading;
                size_t at = strlen(KERNEL);

                memcpy(data, KERNEL, at);
                at += put_binary(data + at, "_HOSTNAME", 2, "\n\n", 2);
                at += put_binary(data + at, "MESSAGE", length, value, length);
                memcpy(data + at, "PRIORITY=3\n\n", 12);
                reading = read_text((struct text){ data, at + 12 });
                ck_assert_msg(reading->count == 1, "length %zu", length);
                assert_same(reading->messages[0].text, (struct text){ value, length });
                assert_same(reading->messages[0].host, TEXT("\n\n"));
                ck_assert_int_eq(reading->messages[0].level, 3);
                reading_free(reading);
        }
}
END_TEST

static size_t read_binary(const char *name, uint64_t said, size_t length, size_t *ret_text_length)
{
        char *data = malloc(length + 256), *value = calloc(1, length + 1);
        size_t at = strlen(KERNEL), count;
        struct reading *reading;

        ck_assert(data && value);
        memset(value, 'x', length);
        memcpy(data, KERNEL "MESSAGE=a\n", at + 10);
        at += 10;
        at += put_binary(data + at, name, said, value, length);
        memcpy(data + at, "\n" KERNEL "MESSAGE=b\n\n", strlen(KERNEL) + 12);
        reading = read_text((struct text){ data, at + strlen(KERNEL) + 12 });
        count = reading->count;
        if (count) {
                assert_same(reading->messages[count - 1].text, TEXT("b"));
                *ret_text_length = reading->messages[0].text.length;
        }
        reading_free(reading);
        free(value);
        free(data);
        return count;
}

START_TEST(test_longest_values)
{
        size_t length;

        /* the kernel's text is cut at its limit, in a line that is short enough */
        ck_assert_uint_eq(read_binary("MESSAGE", LOG_TEXT_MAX + 1, LOG_TEXT_MAX + 1, &length), 2);
        ck_assert_uint_eq(length, LOG_TEXT_MAX);
        ck_assert_uint_eq(read_binary("X", 60000, 60000, &length), 2);
        ck_assert_uint_eq(length, 1);
        /* not believed: the entry is lost, and the next is found */
        ck_assert_uint_eq(read_binary("X", LOG_EXPORT_VALUE_MAX + 1ULL, 100, &length), 1);
        ck_assert_uint_eq(read_binary("X", UINT64_MAX, 100, &length), 1);
        /* too short a length: what follows the value is no newline */
        ck_assert_uint_eq(read_binary("X", 99, 100, &length), 1);
}
END_TEST

START_TEST(test_value_of_the_limit)
{
        struct log_export *export = calloc(1, sizeof(*export));
        static const char line[1024] = "";

        ck_assert_ptr_nonnull(export);
        for (uint64_t over = 0; over < 2; over++) {
                char head[9];

                for (unsigned i = 0; i < 8; i++)
                        head[i] = (char)((LOG_EXPORT_VALUE_MAX + over) >> (8 * i) & 0xff);
                head[8] = 'x'; /* the value's first byte; with the newline of its line, two */
                log_export_clear(export);
                ck_assert_int_eq(log_export_push(export, TEXT("_TRANSPORT=kernel"), 1), LOG_EXPORT_MORE);
                ck_assert_int_eq(log_export_push(export, TEXT("X"), 2), LOG_EXPORT_MORE);
                ck_assert_int_eq(log_export_push(export, (struct text){ head, 9 }, 3), LOG_EXPORT_MORE);
                for (size_t i = 1; i < LOG_EXPORT_VALUE_MAX / sizeof(line); i++)
                        ck_assert_int_eq(log_export_push(export, (struct text){ line, sizeof(line) - 1 }, 4),
                                         LOG_EXPORT_MORE);
                ck_assert_int_eq(export->state, over ? LOG_EXPORT_LOST : LOG_EXPORT_VALUE);
                ck_assert_int_eq(log_export_push(export, (struct text){ line, sizeof(line) - 2 }, 5), LOG_EXPORT_MORE);
                ck_assert_int_eq(export->state, over ? LOG_EXPORT_LOST : LOG_EXPORT_FIELDS);
                ck_assert_int_eq(log_export_push(export, TEXT(""), 6), over ? LOG_EXPORT_MORE : LOG_EXPORT_ENTRY);
        }
        free(export);
}
END_TEST

START_TEST(test_reading_begins_in_an_entry)
{
        struct reading *reading = read_text(TEXT("PRIORITY=3\n_TRANSPORT=kernel\nMESSAGE=a\n\n"));

        ck_assert_uint_eq(reading->count, 1);
        ck_assert_int_eq(reading->messages[0].level, 3);
        reading_free(reading);
}
END_TEST

START_TEST(test_entry_ends_with_what_was_read)
{
        struct reading *reading = reading_new(LOG_UNKNOWN, NULL);

        read_all(reading, TEXT(KERNEL "MESSAGE=a\n"));
        ck_assert_uint_eq(reading->count, 1);
        read_all(reading, TEXT(KERNEL "MESSAGE=b\nAug 25 14:06:20 h kernel: c\n"));
        ck_assert_uint_eq(reading->count, 3);
        assert_same(reading->messages[1].text, TEXT("b"));
        assert_same(reading->messages[2].text, TEXT("c"));
        read_all(reading, TEXT(KERNEL "MESSAGE\nxx"));
        ck_assert_uint_eq(reading->count, 3);
        read_all(reading, TEXT(KERNEL "MESSAGE=d\n" KERNEL "MESSAGE=e\n\nMESSAGE=raw\n"));
        ck_assert_uint_eq(reading->count, 4);
        assert_same(reading->messages[3].text, TEXT("e"));
        reading_free(reading);
}
END_TEST

START_TEST(test_longest_field_name)
{
        char data[512];

        for (size_t length = LOG_EXPORT_NAME_MAX - 1; length <= LOG_EXPORT_NAME_MAX; length++) {
                size_t at = strlen(KERNEL "MESSAGE=a\n");
                struct reading *reading;
                char name[LOG_EXPORT_NAME_MAX + 1];

                memset(name, 'N', length);
                name[length] = '\0';
                memcpy(data, KERNEL "MESSAGE=a\n", at);
                at += put_binary(data + at, name, 10, "MESSAGE=b\n", 10);
                memcpy(data + at, "\n", 1);
                reading = read_text((struct text){ data, at + 1 });
                /* A name that is none ends the entry, and begins nothing. */
                ck_assert_uint_eq(reading->count, 1);
                assert_same(reading->messages[0].text, TEXT("a"));
                reading_free(reading);
        }
}
END_TEST

TEST_MAIN("log_journal", CASE(test_objects), CASE(test_what_is_no_object), CASE(test_deepest_object),
          CASE(test_longest_path), CASE(test_full_record), CASE(test_document_over_lines), CASE(test_entry_in_json),
          CASE(test_pretty_json), CASE(test_entry_in_export), CASE(test_binary_values_of_every_length),
          CASE(test_longest_values), CASE(test_value_of_the_limit), CASE(test_reading_begins_in_an_entry),
          CASE(test_entry_ends_with_what_was_read), CASE(test_longest_field_name))
