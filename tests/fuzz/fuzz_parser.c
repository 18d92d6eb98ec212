/* Any bytes as a file of records, one per line: every incident becomes an alert in all its forms, the JSON is valid, the text is
 * short and safe for a terminal, and the verdict is well-formed. A line "gap" means lost records, "tick" that time passes,
 * "machine" that the machine's pages and swap are known. */

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "alert/alert.h"
#include "alert/journal.h"
#include "alert/json.h"
#include "alert/plain.h"
#include "parse/parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXT_LINES_MAX 25

#define must(condition) ((condition) ? (void)0 : broken(__LINE__, #condition))

/* Prints what doesn't hold: often it is all that a run leaves, besides the input. */
static void broken(int line, const char *condition)
{
        fprintf(stderr, "%s:%d: %s\n", __FILE__, line, condition);
        abort();
}

static void check_text(const char *text)
{
        unsigned lines = 0;

        for (const char *c = text; *c; c++) {
                must((unsigned char)*c >= 0x20 || *c == '\n');
                must(*c != 0x7f);
                lines += *c == '\n';
        }
        must(lines <= TEXT_LINES_MAX);
}

static void check_verdict(const struct oom_verdict *verdict)
{
        const struct oom_candidate *worse = NULL;

        must(verdict->n_candidates <= OOM_CANDIDATES_MAX);
        must(verdict->rank == OOM_UNKNOWN || verdict->rank >= 1);
        must(verdict->ties == OOM_UNKNOWN || verdict->ties >= 0);
        must(verdict->kind != OOM_VERDICT_CONSISTENT || verdict->rank == OOM_UNKNOWN || verdict->rank == 1);
        must((verdict->kind == OOM_VERDICT_NONE) == (verdict->unknown_reason != OOM_VERDICT_KNOWN));
        must(verdict->candidates_total == OOM_UNKNOWN || verdict->candidates_total >= verdict->n_candidates);
        for (size_t i = 0; i < verdict->n_candidates; i++) {
                const struct oom_candidate *candidate = &verdict->candidates[i];

                if (!candidate->is_killable || candidate->badness == OOM_UNKNOWN)
                        continue;
                must(!worse || worse->badness >= candidate->badness);
                worse = candidate;
        }
}

static void check_explanation(const struct oom_explanation *explanation)
{
        must(explanation->n_hints <= OOM_HINTS_MAX);
        for (size_t i = 0; i < explanation->n_hints; i++)
                must(explanation->hints[i].code[0] && explanation->hints[i].text[0]);
}

static void on_incident(const struct oom_incident *incident, void *userdata)
{
        struct alert_context context = { .time_usec = OOM_UNKNOWN, .machine = *(const struct oom_machine *)userdata };
        struct alert alert;
        struct alert_fields fields;
        struct json_object *parsed;
        size_t length;
        char *json, *plain;

        alert_from_incident(incident, &context, &alert);
        json = alert_to_json(&alert, &length);
        plain = alert_to_text(&alert);
        must(json && plain && strlen(json) == length && !memchr(json, '\n', length));
        parsed = json_tokener_parse(json);
        must(parsed && alert_to_fields(&alert, (struct text){ json, length }, &fields) == 0);
        check_text(plain);
        check_verdict(&alert.verdict);
        check_explanation(&alert.explanation);
        json_object_put(parsed);
        alert_fields_done(&fields);
        free(plain);
        free(json);
        alert_done(&alert);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static char buffer[KMSG_RECORD_MAX];
        struct text rest = { (const char *)data, size };
        struct oom_machine machine = { OOM_UNKNOWN, OOM_UNKNOWN };
        struct oom_parser *parser = NULL;
        struct kmsg_record record;

        if (oom_parser_new(on_incident, &machine, &parser) < 0)
                abort();
        while (rest.length) {
                ptrdiff_t newline = text_find(rest, TEXT("\n"), 0);
                struct text line = text_until_offset(rest, newline < 0 ? rest.length : (size_t)newline);

                if (text_equal(line, TEXT("gap")))
                        oom_parser_gap(parser);
                else if (text_equal(line, TEXT("tick")))
                        (void)oom_parser_tick(parser, UINT64_MAX / 2);
                else if (text_equal(line, TEXT("machine")))
                        machine = (struct oom_machine){ 4096, 2048LL << 20 };
                else if (line.length <= sizeof(buffer) && kmsg_record_decode(line, buffer, &record) == 0)
                        oom_parser_push(parser, &record);
                rest = text_from_offset(rest, newline < 0 ? rest.length : (size_t)newline + 1);
        }
        oom_parser_flush(parser);
        if (oom_parser_open_seq(parser) != UINT64_MAX)
                abort();
        oom_parser_free(parser);
        return 0;
}
