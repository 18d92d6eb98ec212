/* lib/logfile/envelope.h: what is around a line of a log that is no log's own form: a row of an exported table, JSON of a shipper,
 * an event, a mail.
 *
 * Each family of envelopes is a row of one table (envelope.c), with a file of its own. They are tried in order on a line whose form
 * prefix.h doesn't know. A family takes the line apart, decodes what is inside, and offers each text that may be a message. It knows
 * neither what the kernel prints nor the other families: what it offers may be the kernel's text alone, or a line of a form, or be in
 * another envelope. It is tolerant of the envelope, and never of the text: not a byte of that is changed but by decoding. */

#pragma once

#include "logfile/escape.h"
#include "logfile/stamp.h"

/* Who wrote the text, as the envelope says. */
enum log_speaker {
        LOG_SPEAKER_UNKNOWN,
        LOG_SPEAKER_KERNEL,  /* whatever the text is, it is the kernel's */
        LOG_SPEAKER_PROGRAM, /* a program in a container: only a line that has a form is a log's that it printed */
        LOG_SPEAKER_OTHER,   /* not the kernel */
};

/* A text from the inside of an envelope. Texts are borrowed for the call. */
struct log_inner {
        struct text text;
        /* Which part of the envelope it is, a column or a member's name; may have length 0. When one text with this label was the
         * kernel's, others with it are taken for the kernel's too. */
        struct text label;
        struct text host;       /* length 0: the envelope has none */
        struct log_stamp stamp; /* LOG_STAMP_NONE: it has none */
        enum log_speaker speaker;
        bool needs_form; /* without a form of its own the text isn't the kernel's; but the time is that of the line */
        bool has_mono;   /* the kernel's stamp is in the envelope */
        int64_t mono_usec;
        struct text boot_id;
        enum log_escape escape; /* of the text, where it is the kernel's alone */
};

/* Returns whether the text was taken: it has a form, or is in an envelope again, or is the kernel's. */
typedef bool log_offer_fn(const struct log_inner *inner, void *userdata);

/* Offers what is in line, until one text is taken. buffer, of line.length bytes, is for what has to be decoded. Returns whether one was
 * taken, or the line is wholly of this family, and can't be anything else. */
typedef bool log_envelope_fn(struct text line, char *buffer, log_offer_fn *offer, void *userdata);

/* Tries all families. */
bool log_envelope_open(struct text line, char *buffer, log_offer_fn *offer, void *userdata)
        __attribute__((warn_unused_result));

/* envelope_*.c */
log_envelope_fn log_envelope_csv, log_envelope_logfmt, log_envelope_events;
log_envelope_fn log_envelope_frames, log_envelope_logcat, log_envelope_relay;

/* The line before each message of logcat -v long: "[ 08-25 14:06:20.123     0:    0 W/kernel   ]". The tag is borrowed from it. */
struct log_logcat_header {
        struct log_stamp stamp;
        uint64_t pid;
        struct text tag;
};
bool log_logcat_is_header(struct text line, struct log_logcat_header *ret_header) __attribute__((warn_unused_result));
/* A message of the kernel's as it was before logd took its first word for a tag, in buffer. */
struct text log_logcat_text(struct text tag, struct text text, char *buffer, size_t size);
