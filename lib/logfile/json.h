/* lib/logfile/json.h: parses JSON of any shape as lines of it come in, one value after another.
 *
 * What is said about one message stands in one *record*: an object, or an array, that is the whole document or an element of an array.
 * A record may be in another one; what the outer one said before then holds for it too. Values are handed on with the path of their
 * names ("jsonPayload.MESSAGE"); those of an array have the path of the array.
 *
 * Documents follow each other, in one line or over many. A line that can't be JSON where it stands ends the document, and none of it is
 * handed on. Reading may begin in the middle of a document, at a member ("\"a\": 1,"): then what is around it is learned as it ends.
 * Bounded: in depth, path and the bytes of a record. */

#pragma once

#include "util/text.h"

/* How deep objects and arrays may be nested, and the most bytes of a path; more of a path is cut. */
#define LOG_JSON_DEPTH_MAX 24
#define LOG_JSON_PATH_MAX  255

enum log_json_kind {
        LOG_JSON_STRING,
        LOG_JSON_BYTES, /* an array of numbers up to 255: what journalctl writes for what is not UTF-8 */
        LOG_JSON_WORD,  /* a number, true, false, null */
};

struct log_json_value {
        struct text path, value;
        enum log_json_kind kind;
        bool is_element; /* of an array that is a record: no name stands for what it is */
};

/* Called in order, records nested. Texts are borrowed for the call; if value() returns true, until the record's end. is_whole: false
 * where some of the record was lost. */
struct log_json_handler {
        void (*begin)(bool is_object, void *userdata);
        bool (*value)(const struct log_json_value *value, void *userdata);
        void (*end)(bool is_whole, void *userdata);
};

enum log_json_expect {
        LOG_JSON_START,
        LOG_JSON_NAME,
        LOG_JSON_NAME_OR_END,
        LOG_JSON_COLON,
        LOG_JSON_VALUE,
        LOG_JSON_VALUE_OR_END,
        LOG_JSON_AFTER,
        LOG_JSON_ITEM, /* after a comma, in what may be an object or an array */
};

struct log_json_syntax {
        enum log_json_expect expect;
        bool is_after_document;
        bool has_unknown_base; /* reading began in the middle: open[0] is what is known of it: '{', '[', '?' */
        unsigned depth;
        char open[LOG_JSON_DEPTH_MAX];
};

struct log_json_frame {
        bool is_record, is_array, may_be_bytes;
        size_t path_length; /* of the path of its values */
        size_t used;        /* of the buffer, before it */
};

struct log_json {
        const struct log_json_handler *handler;
        void *userdata;
        char *buffer; /* borrowed: the decoded bytes of open records; each takes its values and their paths */
        size_t size, used;
        struct log_json_syntax syntax;
        struct log_json_frame frames[LOG_JSON_DEPTH_MAX];
        bool is_full; /* some of the innermost record had no room */
        size_t path_length;
        char path[LOG_JSON_PATH_MAX];
};

enum log_json_result {
        LOG_JSON_NOT,  /* the line is no JSON where it stands */
        LOG_JSON_MORE, /* a document is open */
        LOG_JSON_DONE, /* none is open */
};

void log_json_init(struct log_json *json, const struct log_json_handler *handler, void *userdata, char *buffer,
                   size_t size);

/* Whether a document is open. */
static inline bool log_json_is_open(const struct log_json *json)
{
        return json->syntax.depth > 0;
}

/* Begins in the middle of an object: the next line is a member. None may be open. */
void log_json_begin_middle(struct log_json *json);

/* Reads the next line. LOG_JSON_NOT: nothing of it was handed on, and what was open is as it was. */
enum log_json_result log_json_push(struct log_json *json, struct text line) __attribute__((warn_unused_result));

/* Ends what is open: the records get their end(), is_whole or not. */
void log_json_abort(struct log_json *json, bool is_whole);

/* Decodes what is between the quotes of a JSON string. buffer has room for string.length; it may be where the
 * string is, or before. Returns how many bytes were written. */
size_t log_json_decode(struct text string, char *buffer);
