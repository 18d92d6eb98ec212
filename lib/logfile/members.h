/* lib/logfile/members.h: what the named members of a structured record say about the message in it: who spoke, where, when; and which of
 * them may be the message.
 *
 * Shippers have a hundred names for these. One table (members.c) has them, by role: a name is taken without its case and its '_', '-',
 * '@', '$', as the last parts of its path ("log.syslog.hostname" is a "hostname"). Any other text may be the message.
 * For JSON, YAML, logfmt alike. */

#pragma once

#include "logfile/envelope.h"

/* How many texts of a record may be the message; more are dropped. A task that prints a report line by line has some hundreds. */
#define LOG_MEMBER_TEXTS_MAX 512

struct log_member_text {
        struct text text, label;
        bool is_message; /* its name says so */
};

/* What the members said so far, but for the texts. Texts are borrowed. */
struct log_roles {
        bool is_other, is_kernel, is_container;
        bool is_of_node; /* an event's object is a node, whose name is the host's */
        unsigned host_rank, time_rank;
        struct text host, node, boot_id;
        struct log_stamp stamp;
        bool has_mono;
        int64_t mono_usec;
};

struct log_members {
        struct log_roles roles;
        size_t n_texts;
        struct log_member_text texts[LOG_MEMBER_TEXTS_MAX];
};

/* Adds a member. Returns whether it keeps the texts: they are borrowed then. is_text: a string, which may be the message. */
bool log_members_add(struct log_members *members, struct text path, struct text value, bool is_text);
/* Adds a text that has no name of its own. */
void log_members_add_text(struct log_members *members, struct text path, struct text text);

enum log_speaker log_members_speaker(const struct log_roles *roles);

/* Offers the texts from first on until one is taken, and then those of the same name, which are of an array. Nothing is offered if another speaker than the kernel is named. Returns whether
 * one was taken. */
bool log_members_offer(const struct log_members *members, size_t first, log_offer_fn *offer, void *userdata);
