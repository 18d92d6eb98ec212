#include "killer/line.h"

#include "killer/parse.h"
#include "util/array.h"

static const struct {
        enum killer_speaker by;
        enum killer_line_kind kind;
        struct text words;
        killer_parse_fn *parse;
} rows[] = {
#define LINE(speaker, kind, words, parse)                                                                              \
        { KILLER_BY_##speaker, KILLER_LINE_##kind, { words, sizeof(words) - 1 }, parse },
#include "killer/line_table.h"
};

static const struct {
        const char *name;
        enum killer_speaker by;
} speakers[] = {
        { "systemd-oomd", KILLER_BY_SYSTEMD_OOMD },
        { "systemd", KILLER_BY_SYSTEMD },
        { "earlyoom", KILLER_BY_EARLYOOM },
        { "nohang", KILLER_BY_NOHANG },
        { "nohang-desktop", KILLER_BY_NOHANG },
        { "oomd", KILLER_BY_OOMD },
        { "lowmemorykiller", KILLER_BY_LMKD },
        { "lmkd", KILLER_BY_LMKD },
        { "kubelet", KILLER_BY_KUBELET },
        { "docker", KILLER_BY_DOCKER },
        { "/dev/kmsg", KILLER_BY_KMSG }, /* logfile/speaker.h */
};

enum killer_speaker killer_speaker_of(struct text name)
{
        for (size_t i = 0; i < COUNT(speakers); i++)
                if (text_equal(name, text_from(speakers[i].name)))
                        return speakers[i].by;
        return KILLER_BY_NOBODY;
}

/* "I0302 11:20:07.250118    2301 eviction_manager.go:405] ": what klog puts in front */
static void eat_klog(struct text *text)
{
        struct text rest = *text, head, after;

        if (rest.length < 2 || !strchr("IWEF", rest.data[0]) || rest.data[0] == '\0' || rest.data[1] < '0' ||
            rest.data[1] > '9' || !text_split(rest, TEXT("] "), &head, &after) || text_find(head, TEXT(".go:"), 0) < 0)
                return;
        *text = after;
}

enum killer_line_kind killer_line_parse(enum killer_speaker by, struct text text, struct killer_line *ret_line)
{
        while (text_eat_end(&text, TEXT("\n")) || text_eat_end(&text, TEXT(" ")))
                ;
        (void)text_eat_blanks(&text);
        if (by == KILLER_BY_KUBELET)
                eat_klog(&text);
        for (size_t i = 0; i < COUNT(rows); i++) {
                struct text rest = text;

                if (rows[i].by != by || !text_eat(&rest, rows[i].words))
                        continue;
                killer_claim_clear(&ret_line->claim);
                ret_line->claim.by = by;
                ret_line->is_other_resource = false;
                ret_line->kind = rows[i].kind;
                if (rows[i].parse(rest, ret_line))
                        return ret_line->kind;
        }
        ret_line->kind = KILLER_LINE_OTHER;
        return KILLER_LINE_OTHER;
}
