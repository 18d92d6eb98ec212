/* lib/alert/alert.h: what is reported of an incident: a value that is made once and written in several forms.
 *
 * json.h writes the form that config/alert.schema.json describes, journal.h the fields of a journal entry, plain.h the text
 * for people. */

#pragma once

#include "explain/explain.h"
#include "killer/claim.h"
#include "owner/owner.h"
#include "util/machine_identity.h"
#include "verdict/verdict.h"

#define ALERT_SCHEMA      "oomwatchd.alert/1"
#define ALERT_SUMMARY_MAX 600 /* bytes */

enum alert_type {
        ALERT_OOM_KILL,
        ALERT_OOM_NO_VICTIM,
        ALERT_OOM_PANIC,
        ALERT_OOM_UNREAPABLE,
        ALERT_RECORDS_LOST,
        ALERT_USER_KILL,
        ALERT_KILLS_MISSED,
        ALERT_TYPE_COUNT,
};

enum alert_severity { ALERT_CRITICAL = 2, ALERT_ERROR = 3, ALERT_WARNING = 4 }; /* syslog priorities */

enum alert_time_source { ALERT_TIME_UNKNOWN, ALERT_TIME_ARRIVAL, ALERT_TIME_ESTIMATED, ALERT_TIME_LOG };

enum alert_source_kind { ALERT_SOURCE_KMSG, ALERT_SOURCE_FILE, ALERT_SOURCE_JOURNAL };

/* What a log has of a record besides its text. */
struct alert_log {
        uint64_t line;           /* in the file, from 1; 0: unknown */
        int64_t seq, mono_usec;  /* the kernel's own; OOM_UNKNOWN */
        const char *group_first; /* id of the alert of the group's first kill; NULL: unknown */
};

/* What is known besides the records themselves; every part may be unknown. */
struct alert_context {
        const struct machine_identity *host; /* the machine the records are of; NULL: unknown */
        enum alert_source_kind kind;
        const char *path;  /* of the file read; NULL for /dev/kmsg */
        int64_t time_usec; /* CLOCK_REALTIME; OOM_UNKNOWN */
        enum alert_time_source time_source;
        int64_t boottime_usec; /* the same time by CLOCK_BOOTTIME, which nobody sets; 0: unknown */
        /* of an OOM_REPEAT_END: when the first report was; of ALERT_KILLS_MISSED: when none was missed yet; OOM_UNKNOWN */
        int64_t since_usec;
        /* of ALERT_SOURCE_FILE and ALERT_SOURCE_JOURNAL, where the reader made up the incident's seq and mono_usec */
        struct alert_log log;
        struct oom_machine machine;   /* what the report does not print of the machine */
        struct text victim_cgroup;    /* read from /proc, used where the report has none; length 0: unknown */
        struct text victim_cmdline;   /* arguments joined by spaces (alert/cmdline.h); length 0: unknown */
        size_t victim_program_length; /* how much of that is the program's name */
        struct text victim_user;      /* name of victim.uid; length 0: unknown */
        /* Asks the machine whether it has a task of containerd of that name: see owner_may_be_containerd(). NULL: it
         * can't be asked, and then no path is taken for containerd's. */
        bool (*is_containerd_task)(struct text namespace, struct text id);
};

/* A cgroup whose own count of kills has risen. */
#define ALERT_MISSED_CGROUP_MAX 1024
struct alert_missed_cgroup {
        uint64_t n_kills;
        char path[ALERT_MISSED_CGROUP_MAX]; /* terminated */
};

/* Kills that the kernel has counted, and of which its log has no record. */
struct alert_missed {
        uint64_t n_kills;
        uint64_t n_explained; /* kills of the boot that were known before */
        /* Those with the most kills; borrowed. Kills whose records were read may be among their kills. */
        const struct alert_missed_cgroup *cgroups;
        size_t n_cgroups;
};

struct alert {
        enum alert_type type;
        enum alert_severity severity;
        char id[33];
        char summary[ALERT_SUMMARY_MAX +
                     1]; /* one sentence, control characters replaced; not allocated, as it never may be missing */
        struct alert_context context; /* its texts are borrowed */
        uint64_t seq, mono_usec;
        const struct oom_incident *incident; /* borrowed; NULL for records_lost, user_kill, kills_missed */
        const struct killer_claim *claim;    /* borrowed; NULL but for user_kill */
        const struct oom_report *report;     /* borrowed: the incident's, or bare; NULL: none */
        struct oom_report
                *bare;      /* owned: a report with only what the kill line says; NULL: not needed, or out of memory */
        bool is_in_group;   /* killed with a whole cgroup, not the one chosen */
        struct text cgroup; /* of the victim, from the report or the context; borrowed */
        bool is_cgroup_cut; /* its end is missing */
        struct owner owner; /* of the victim */
        struct owner limit_owner; /* of the cgroup whose limit was hit; unit may be a slice here */
        bool has_verdict;         /* the next two are set: there is a report, and it is this incident's own */
        struct oom_verdict verdict;
        struct oom_explanation explanation;
        uint64_t n_lost;            /* of records_lost: records */
        struct alert_missed missed; /* of kills_missed */
};

const char *alert_type_name(enum alert_type type);               /* "oom_kill" */
const char *alert_severity_name(enum alert_severity severity);   /* "critical" */
const char *alert_time_source_name(enum alert_time_source time); /* "arrival"; NULL unknown */
const char *oom_scope_name(enum oom_scope scope);                /* "memcg"; NULL unknown */
const char *oom_constraint_name(enum oom_constraint constraint); /* "CONSTRAINT_MEMCG"; NULL unknown */

/* Computes the id of an alert, by which a repeat is recognised: FNV-1a of 128 bits, as 32 lower-case hexadecimal digits, over
 * the bytes of
 *
 *         TYPE "/" BOOT_ID "/" SEQ                      oom_kill/9f5c...e1/4711
 *         TYPE "//" SEQ "/" MONOTONIC_USEC              where the boot is not known: a file
 *
 * with the type's name, the boot id's 32 digits, and decimal numbers: those of the kernel's record that made it an
 * incident; of kills_missed, SEQ is how many kills of the boot were known before them. boot_id may be "". */
void alert_id(enum alert_type type, const char *boot_id, uint64_t seq, uint64_t mono_usec, char ret_id[static 33]);

/* The same for an alert from a log, which has no record numbers, over the bytes of
 *
 *         TYPE "/" HOST "/" TIME "/" PID "/" COMM       oom_kill/web1/2026-08-25T14:06:20.000000Z/1149/pengine
 *
 * with the host's name, the time as in `time`, and the victim's pid and comm (of oom_no_victim and oom_panic: the trigger's).
 * What is unknown is empty; for an unknown time stands "+" and the kernel's stamp in microseconds, if that is known. If
 * several alerts have the same bytes, "/2", "/3" and so on is added for the second and later ones. */
struct alert_log_key {
        enum alert_type type;
        struct text host, comm;
        int64_t time_usec, mono_usec, pid; /* OOM_UNKNOWN */
        uint64_t nth;                      /* 0 and 1: the first */
};
void alert_log_id(const struct alert_log_key *key, char ret_id[static 33]);
/* The key of an alert, as the first of its kind. Its texts are borrowed from the alert. */
struct alert_log_key alert_log_key(const struct alert *alert);

/* Writes the names of the parts that the alert of a kill, a panic, or a report without a victim lacks (source.missing):
 * "header", "cgroup" (of the victim, or its end), "killed" (its kill line, or the line that says why there is none),
 * "memory" (the machine's), "limit" (the cgroup's, or
 * the end of its path), "tasks" (a whole task table), "line_ends" (of lines that the log has cut), "totalpages"
 * (what the verdict would need). Returns how many; 0 for other types of alerts. */
#define ALERT_MISSING_MAX 8
size_t alert_missing(const struct alert *alert, const char *ret_missing[static ALERT_MISSING_MAX]);

/* The victim's uid: as the report prints it, else as its cgroup names it (Android); OOM_UNKNOWN. alert->incident
 * must not be NULL. */
int64_t alert_victim_uid(const struct alert *alert);

/* The size of a page, from the verdict or the report; OOM_UNKNOWN. alert->report must not be NULL. */
int64_t alert_page_bytes(const struct alert *alert);

/* Makes the alert of an incident. If the victim was seen in a cgroup (context) that the incident's report or group doesn't
 * reach, the alert has neither; out of memory, it has no report either. The alert borrows incident and context's texts and must not
 * outlive them. For alert_done(). None of these four can fail. */
void alert_from_incident(const struct oom_incident *incident, const struct alert_context *context,
                         struct alert *ret_alert);

/* Makes the alert that n_lost records, from seq on, were overwritten before they could be read. mono_usec is that of the first
 * record after them. */
void alert_from_loss(uint64_t seq, uint64_t mono_usec, uint64_t n_lost, const struct alert_context *context,
                     struct alert *ret_alert);

/* Makes the alert about kills that are not in the log. seq, mono_usec: of the last record that was read. Its id has missed->n_explained in
 * place of SEQ. */
void alert_from_missed(const struct alert_missed *missed, uint64_t seq, uint64_t mono_usec,
                       const struct alert_context *context, struct alert *ret_alert);

/* Makes the alert of what a log says that a user-space killer did. Borrows as alert_from_incident(). */
void alert_from_claim(const struct killer_claim *claim, const struct alert_context *context, struct alert *ret_alert);

void alert_done(struct alert *alert);
