#include "explain/phrases.h"

#include <inttypes.h>

#define GFP_SHOWN 40 /* bytes of the flags' names */

struct shown_process shown_process(const struct oom_name *comm, int64_t pid)
{
        struct shown_process shown = { .text = "" };
        struct prose prose = prose_start(shown.text, sizeof(shown.text));

        phrase_process(&prose, comm, pid);
        return shown;
}

void phrase_process(struct prose *prose, const struct oom_name *comm, int64_t pid)
{
        if (!comm->is_known || comm->length == 0)
                prose_add(prose, comm->is_known ? TEXT("a process without a name") : TEXT("a process"));
        else
                prose_name(prose, oom_name_text(comm), OOM_COMM_MAX);
        if (pid != OOM_UNKNOWN)
                prose_format(prose, " (pid %" PRId64 ")", pid);
}

/* Up to 4.5 gfp flags are printed as a number alone, whose bits mean other things in other kernels. These are unmistakable: */
static const char *gfp_name(int64_t mask)
{
        if (mask == 0xd0 || mask == 0x24000c0) /* up to 4.3; 4.4 and 4.5 */
                return "GFP_KERNEL";
        return NULL;
}

void phrase_allocation(struct prose *prose, const struct oom_trigger *trigger)
{
        const char *name = gfp_name(trigger->gfp_mask);

        prose_add(prose, TEXT("The allocation"));
        if (trigger->gfp_flags.length > 0) {
                prose_add(prose, TEXT(" ("));
                prose_name(prose, oom_path_text(&trigger->gfp_flags), GFP_SHOWN);
                prose_add(prose, TEXT(")"));
        } else if (trigger->gfp_mask != OOM_UNKNOWN && trigger->gfp_mask >= 0) {
                prose_format(prose, " (%s%s0x%" PRIx64 ")", name ? name : "gfp_mask", name ? ", " : " ",
                             trigger->gfp_mask);
        }
}

const char *phrase_exempt(const struct facts *facts)
{
        const struct oom_layout *layout = &facts->report->tasks.layout;

        return oom_layout_has(layout, OOM_COLUMN_OOM_ADJ) && !oom_layout_has(layout, OOM_COLUMN_OOM_SCORE_ADJ)
                       ? "oom_adj -17"
                       : "oom_score_adj -1000";
}

void phrase_pool(const struct facts *facts, struct prose *prose, struct text what, int64_t bytes)
{
        prose_add(prose, what);
        prose_format(prose, " %s", SHOWN_SIZE(bytes));
        if (facts->space_bytes != OOM_UNKNOWN)
                prose_format(prose, ", %" PRId64 " %% of %s", facts_percent(facts, bytes),
                             facts->memcg ? "the limit" : "the machine's memory");
}
