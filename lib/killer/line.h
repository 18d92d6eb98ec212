/* lib/killer/line.h: recognises one line of a user-space killer, or of one that tells of its kills.
 *
 * Stateless. The speaker counts as much as the words: anybody may write any words, so a line of earlyoom's is one only where the log says
 * that earlyoom wrote it. Names of processes and cgroups are hostile text: the whole shape decides, fixed tails are parsed from the right.
 * What each killer writes, by version: docs/user-space-killers.md. */

#pragma once

#include "killer/claim.h"

enum killer_line_kind {
        KILLER_LINE_OTHER,
        KILLER_LINE_KILL,      /* a kill, or what is said to be one: a claim by itself */
        KILLER_LINE_NOT_SENT,  /* a dry run: the one before was none */
        KILLER_LINE_ESCALATED, /* the one that had SIGTERM before gets SIGKILL */
        KILLER_LINE_EXITED,    /* it is gone; pid: which one, if it is printed */
        KILLER_LINE_STAYED,    /* it is not */
        KILLER_LINE_TO_FREE,   /* lowmemorykiller: what its kill frees */
        KILLER_LINE_RESOURCE,  /* kubelet: what is short, memory or (is_other_resource) something else */
        /* nohang tells who in several lines, then what */
        KILLER_LINE_ACTION,     /* an action begins */
        KILLER_LINE_VICTIM,     /* a part of who */
        KILLER_LINE_SENDING,    /* the signal */
        KILLER_LINE_SENT,       /* it was sent */
        KILLER_LINE_ACTION_END, /* the action ends */
};

struct killer_line {
        enum killer_line_kind kind;
        bool is_other_resource;
        struct killer_claim claim; /* of what this line says */
};

/* Who is called so, in a syslog's tag or the journal: "earlyoom", "systemd-oomd" ... */
enum killer_speaker killer_speaker_of(struct text name);

/* Classifies text, a message of by's. *ret_line is filled unless KILLER_LINE_OTHER, and may have been written to then. Never fails. */
enum killer_line_kind killer_line_parse(enum killer_speaker by, struct text text, struct killer_line *ret_line);
