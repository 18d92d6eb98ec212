/* lib/parse/parser_outcome.c: the lines that say what an OOM came to: a kill, none, a panic. */

#include "parse/parser_state.h"
#include "verdict/victim.h"

static bool is_repeat(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line_process *process)
{
        struct recent_kill *slot;

        for (size_t i = 0; i < RECENT_KILLS; i++) {
                const struct recent_kill *kill = &parser->recent[i];

                if (kill->used && kill->pid == process->pid && kill->total_vm_bytes == process->total_vm_bytes &&
                    text_equal(oom_name_text(&kill->comm), process->comm) &&
                    parser_within(kill->mono_usec, line->mono_usec, RECENT_KILL_USEC))
                        return true;
        }
        slot = &parser->recent[parser->next_recent++ % RECENT_KILLS];
        *slot = (struct recent_kill){ true, process->pid, process->total_vm_bytes, line->mono_usec, { 0 } };
        oom_name_set(&slot->comm, process->comm);
        parser_note_killed(parser, process->pid);
        return false;
}

static void take_process(const struct oom_line_process *process, struct oom_victim *victim)
{
        victim->pid = process->pid;
        oom_name_set(&victim->comm, process->comm);
        if (process->uid != OOM_UNKNOWN)
                victim->uid = process->uid;
        victim->total_vm_bytes = process->total_vm_bytes;
        victim->anon_rss_bytes = process->anon_rss_bytes;
        victim->file_rss_bytes = process->file_rss_bytes;
        victim->shmem_rss_bytes = process->shmem_rss_bytes;
        victim->pgtables_bytes = process->pgtables_bytes;
        victim->oom_score_adj = process->oom_score_adj;
        victim->rss_bytes = process->rss_bytes;
        victim->swap_bytes = process->swap_bytes;
        victim->is_container_limit = process->is_container_limit;
        victim->container.length =
                (uint8_t)text_copy(process->container, victim->container.data, sizeof(victim->container.data));
}

/* The victim that the report chose, with what the report knows of it. */
static void take_chosen(const struct report_slot *slot, const struct oom_line_process *process,
                        struct oom_victim *victim)
{
        bool announced = slot->report.parts & OOM_PART_ANNOUNCEMENT;
        struct text task_memcg;

        victim->score = slot->named_score;
        /* A child was sacrificed: the cgroup that was named is not known to be its own. But up to 3.x a thread may be
         * announced by its own pid and killed by its process's, and has that process's name. */
        if (announced && slot->named_pid != process->pid &&
            !text_equal(oom_name_text(&slot->named_comm), process->comm))
                return;
        if (!announced || slot->named_pid == process->pid)
                victim->uid = slot->named_uid; /* else it may be the parent's */
        if (!slot->task_memcg.is_cut && slot->task_memcg_and_comm.is_known &&
            oom_summary_split(oom_path_text(&slot->task_memcg_and_comm), process->comm, &task_memcg))
                oom_path_set(&victim->task_memcg, text_starts(task_memcg, TEXT("/")) ? task_memcg : (struct text){ 0 });
        else
                victim->task_memcg = slot->task_memcg;
}

/* Whom the kernel chose: the one it named, else the one of the kill line. A bare "Killed process" follows an announcement (up to
 * 5.0, but for RHEL 8.1): if that was lost, a child may have been killed for the one it named, and the choice is unknown. */
static void take_choice(const struct report_slot *slot, const struct oom_line_process *process,
                        struct oom_incident *incident)
{
        if (slot->named_pid != OOM_UNKNOWN) {
                incident->chosen_pid = slot->named_pid;
                incident->chosen_comm = slot->named_comm;
        } else if (process->scope != OOM_SCOPE_UNKNOWN) {
                incident->chosen_pid = process->pid;
                oom_name_set(&incident->chosen_comm, process->comm);
        }
}

/* Is it the kill line of a member of the group that was just announced? */
static bool is_group_member(struct report_slot *slot, const struct kmsg_line *line,
                            const struct oom_line_process *process)
{
        if (!slot->has_group || !parser_is_next(slot, line) ||
            (slot->has_kill_scope && process->scope != slot->kill_scope))
                return false;
        slot->has_kill_scope = true; /* the first kill's line was lost: the first member's is the same */
        slot->kill_scope = process->scope;
        return true;
}

/* The head of the report and what it decided are lost. Is the process, as large as it is, in its table? */
static bool is_in_table(struct report_slot *slot, const struct oom_line_process *process)
{
        struct oom_task row;

        /* its figures would be of another kind of OOM */
        if ((process->scope == OOM_SCOPE_MEMCG && slot->body.has_memory) ||
            (process->scope == OOM_SCOPE_GLOBAL &&
             slot->report.memcg.usages[OOM_USAGE_MEMORY].limit_bytes != OOM_UNKNOWN))
                return false;
        return slot->table != TABLE_NONE && process->total_vm_bytes != OOM_UNKNOWN &&
               oom_rows_find(&slot->rows, process->pid, &row) && oom_task_has_size(&row, process->total_vm_bytes);
}

/* May the open report have chosen this process? What it named has to fit: after a loss the very pid, or the
 * announcement right before, that the same call prints. Without one, a child may have been killed for its announced parent, a thread for its leader (find_lock_task_mm()); but a thread has
 * its leader's uid, and is killed at once. */
static bool may_be_chosen(struct report_slot *slot, const struct kmsg_line *line,
                          const struct oom_line_process *process)
{
        if (slot->named_pid == process->pid)
                return true;
        if (slot->is_summary_cut && slot->named_pid == OOM_UNKNOWN) /* it was named, where the line was cut */
                return parser_within(slot->summary_usec, line->mono_usec, GROUP_GAP_USEC);
        if (slot->may_lack_parts)
                return parser_within(slot->last_usec, line->mono_usec, GROUP_GAP_USEC) &&
                       (slot->was_announced ? process->scope == OOM_SCOPE_UNKNOWN : is_in_table(slot, process));
        if (!(slot->report.parts & OOM_PART_SUMMARY) || slot->report.parts & OOM_PART_ANNOUNCEMENT ||
            slot->named_pid == OOM_UNKNOWN)
                return parser_within(slot->last_usec, line->mono_usec, OOM_PARSER_IDLE_USEC);
        if (process->uid != OOM_UNKNOWN && process->uid != slot->named_uid)
                return false;
        return parser_is_next(slot, line);
}

/* Which report a kill line belongs to; a new one, that has only this line, when there is none. */
static struct report_slot *report_of_kill(struct oom_parser *parser, const struct kmsg_line *line,
                                          const struct oom_line *parsed, bool *ret_member)
{
        const struct oom_line_process *process = &parsed->process;
        struct report_slot *slot = parser_find_slot(parser, line->caller);

        *ret_member = false;
        if (slot && slot->state == REPORT_CLOSED && is_group_member(slot, line, process)) {
                *ret_member = true;
                return slot;
        }
        if (slot && slot->state == REPORT_OPEN && !may_be_chosen(slot, line, process))
                return parser_begin_report(parser, line);
        /* 2.6.18 to 2.6.20 print one line for every process that shares the memory; sizes came later */
        if (slot && slot->state == REPORT_CLOSED && process->total_vm_bytes == OOM_UNKNOWN && !parsed->is_cut &&
            !slot->has_kill_sizes && slot->report.parts & OOM_PART_KILLED && parser_is_next(slot, line))
                return slot;
        return parser_find_or_begin(parser, line);
}

void parser_on_killed(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        const struct oom_line_process *process = &parsed->process;
        bool is_member;
        struct report_slot *slot = report_of_kill(parser, line, parsed, &is_member);
        struct oom_incident *incident;

        parser_touch(parser, slot, line);
        /* every member of the group is killed, the victim again too: oom_kill_process() */
        if ((is_member && process->pid == slot->first_kill_pid) || is_repeat(parser, line, process)) {
                /* of this line alone; or the log has the whole report twice */
                if (!slot->report.parts || (!is_member && slot->named_pid == process->pid))
                        slot->state = REPORT_CLOSED;
                return;
        }
        if (parsed->is_cut)
                parser_note_cut(slot, line->line_length);
        incident = parser_incident(parser, OOM_TYPE_KILL, &slot->report, line->seq, line->mono_usec);
        if (is_member) {
                if (slot->report.scope == OOM_SCOPE_UNKNOWN)
                        slot->report.scope = process->scope;
                incident->is_group_member = true;
                incident->group_memcg = slot->group_memcg;
                incident->group_first_seq = slot->first_kill_seq;
                incident->group_first_mono_usec = slot->first_kill_usec;
        } else {
                /* 2.6.18 announces all kills with the words of a global one; the kill line is right */
                if (process->scope != OOM_SCOPE_UNKNOWN && !(slot->report.parts & OOM_PART_SUMMARY))
                        slot->report.scope = process->scope;
                else if (process->scope == OOM_SCOPE_MEMCG && slot->report.scope == OOM_SCOPE_UNKNOWN)
                        slot->report.scope = OOM_SCOPE_MEMCG; /* the line that names the constraint was cut */
                parser_end_table(slot);
                if (slot->state == REPORT_OPEN) {
                        take_chosen(slot, process, &incident->victim);
                        take_choice(slot, process, incident);
                }
                if (slot->first_kill_seq == UINT64_MAX) {
                        slot->first_kill_seq = line->seq;
                        slot->first_kill_usec = line->mono_usec;
                        slot->first_kill_pid = process->pid;
                        slot->has_kill_scope = true;
                        slot->kill_scope = process->scope;
                }
        }
        take_process(process, &incident->victim);
        parser_note_kill(parser, slot, line);
        slot->report.is_allocating_task |= process->is_allocating_task;
        slot->report.parts |= OOM_PART_KILLED;
        slot->has_kill_sizes = process->total_vm_bytes != OOM_UNKNOWN;
        slot->state = REPORT_CLOSED;
        parser_emit(parser);
}

/* The report of the choice that led to this kill too; NULL: the log doesn't have it. */
static struct report_slot *report_of_choice(struct oom_parser *parser, const struct kmsg_line *line)
{
        struct report_slot *slot = parser_find_slot(parser, line->caller);

        if (!slot || !parser_is_next(slot, line))
                return NULL;
        if (slot->state == REPORT_OPEN && slot->report.parts & (OOM_PART_SUMMARY | OOM_PART_ANNOUNCEMENT))
                return slot; /* its own kill line was lost */
        return slot->report.parts & OOM_PART_KILLED ? slot : NULL;
}

/* Processes outside the victim's group that share its memory get the signal too (up to 3.19); Virtuozzo goes on killing. */
void parser_on_sharing(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct report_slot *slot = report_of_choice(parser, line);
        bool is_open = slot && slot->state == REPORT_OPEN;
        struct oom_report *report = slot ? &slot->report : &parser->bare;
        struct oom_incident *incident;

        if (is_repeat(parser, line, &parsed->process))
                return;
        if (!slot)
                oom_report_clear(report, line->seq, line->mono_usec);
        if (is_open && !(report->parts & OOM_PART_ANNOUNCEMENT))
                parser_finish_report(parser, slot); /* that one was killed */
        report->parts |= OOM_PART_KILLED;
        incident = parser_incident(parser, OOM_TYPE_KILL, report, line->seq, line->mono_usec);
        if (is_open && report->parts & OOM_PART_ANNOUNCEMENT) { /* that one was, or a child of it */
                parser_end_table(slot);
                slot->state = REPORT_CLOSED;
                incident->chosen_pid = slot->named_pid;
                incident->chosen_comm = slot->named_comm;
        }
        take_process(&parsed->process, &incident->victim);
        incident->is_rage_kill = text_starts(line->text, TEXT("Rage kill "));
        incident->is_sharing_memory = !incident->is_rage_kill;
        parser_emit(parser);
}

/* An incident without a report. */
static struct oom_incident *bare_incident(struct oom_parser *parser, enum oom_type type, const struct kmsg_line *line)
{
        oom_report_clear(&parser->bare, line->seq, line->mono_usec);
        return parser_incident(parser, type, &parser->bare, line->seq, line->mono_usec);
}

void parser_on_vm_killing(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct oom_incident *incident = bare_incident(parser, OOM_TYPE_KILL, line);

        parser->bare.parts = OOM_PART_KILLED;
        oom_name_set(&incident->victim.comm, parsed->process.comm);
        parser_emit(parser);
}

void parser_on_group(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct report_slot *slot = parser_find_slot(parser, line->caller);

        if (!slot || !(slot->report.parts & OOM_PART_KILLED) || !parser_is_next(slot, line)) {
                /* The first kill was lost: the members' lines say which memory ran out, the machine's or a cgroup's. */
                slot = parser_begin_report(parser, line);
                slot->state = REPORT_CLOSED;
        }
        slot->has_group = true;
        parser_touch(parser, slot, line);
        parser_path_set(parser, line, &slot->group_memcg, parsed->group_memcg);
}

/* The report, if there is one, ends without a victim, at this line. */
static struct report_slot *end_without_victim(struct oom_parser *parser, const struct kmsg_line *line,
                                              const struct oom_line_process *process)
{
        struct report_slot *slot = parser_find_or_begin(parser, line);

        if (process && slot->report.scope == OOM_SCOPE_UNKNOWN)
                slot->report.scope = process->scope;
        parser_end_table(slot);
        slot->state = REPORT_CLOSED;
        parser_touch(parser, slot, line);
        return slot;
}

/* The one that the kernel named isn't killed. */
static void emit_spared(struct oom_parser *parser, const struct kmsg_line *line, enum oom_end end,
                        const struct oom_line_process *process)
{
        struct report_slot *slot = end_without_victim(parser, line, process);
        struct oom_incident *incident =
                parser_incident(parser, OOM_TYPE_NO_VICTIM, &slot->report, slot->report.seq, slot->report.mono_usec);

        incident->end = end;
        parser_take_named_victim(slot, &incident->victim);
        if (slot->named_pid != process->pid) {
                parser_victim_clear(&incident->victim);
                incident->victim.pid = process->pid;
        }
        oom_name_set(&incident->victim.comm, process->comm);
        parser_emit(parser);
}

void parser_on_spared(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        const struct oom_line_process *process = &parsed->process;
        struct report_slot *slot = parser_find_slot(parser, line->caller);

        if (slot && slot->state == REPORT_CLOSED && is_group_member(slot, line, process)) {
                parser_touch(parser, slot, line); /* one member less to be killed; the group goes on */
                return;
        }
        emit_spared(parser, line, parsed->kind == OOM_LINE_EXITING ? OOM_END_EXITING : OOM_END_SPARED, process);
}

/* After the announcement, instead of the kill. */
void parser_on_tried(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct report_slot *slot = parser_find_open(parser, line);
        struct oom_line_process named = { .scope = OOM_SCOPE_UNKNOWN };

        (void)parsed;
        if (!slot || !(slot->report.parts & OOM_PART_ANNOUNCEMENT))
                return;
        named.pid = slot->named_pid;
        named.comm = oom_name_text(&slot->named_comm);
        emit_spared(parser, line, OOM_END_SPARED, &named);
}

void parser_on_no_killable(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        (void)parsed;
        parser_emit_no_killable(parser, end_without_victim(parser, line, NULL), line, OOM_END_NONE_KILLABLE);
}

void parser_on_sysrq_ignored(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct report_slot *slot = parser_find_slot(parser, line->caller);
        bool is_refused = text_ends(line->text, TEXT("killer is disabled"));

        (void)parsed;
        parser->sysrq_usec = UINT64_MAX;
        if (slot && slot->state == REPORT_CLOSED && parser_is_next(slot, line))
                return; /* "no killable processes" said it already */
        slot = parser_find_or_begin(parser, line);
        slot->report.trigger.is_sysrq = true;
        parser_emit_no_killable(parser, end_without_victim(parser, line, NULL), line,
                                is_refused ? OOM_END_REFUSED : OOM_END_NONE_KILLABLE);
}

void parser_on_panic(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct report_slot *slot = parser_find_slot(parser, line->caller);
        struct oom_report *report = &parser->bare;

        if (slot && !(slot->report.parts & OOM_PART_KILLED) &&
            (parser_within(slot->last_usec, line->mono_usec, OOM_PARSER_IDLE_USEC) || parser_is_next(slot, line))) {
                parser_end_table(slot);
                slot->state = REPORT_CLOSED;
                report = &slot->report;
        } else {
                oom_report_clear(report, line->seq, line->mono_usec);
        }
        parser_incident(parser, OOM_TYPE_PANIC, report, line->seq, line->mono_usec)->message = parsed->message;
        parser_emit(parser);
}

void parser_on_unreapable(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct oom_incident *incident = bare_incident(parser, OOM_TYPE_UNREAPABLE, line);

        incident->victim.pid = parsed->process.pid;
        oom_name_set(&incident->victim.comm, parsed->process.comm);
        parser_emit(parser);
}
