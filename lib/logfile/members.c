#include "logfile/members.h"

#include "logfile/prefix_parts.h"
#include "util/array.h"
#include "util/usec.h"

/* A shorter text is no line of a report. */
#define TEXT_MIN       8
#define NAME_MAX_BYTES 128

enum role {
        ROLE_MESSAGE,
        ROLE_HOST,
        ROLE_TIME,
        ROLE_MONO,      /* microseconds of the kernel's clock */
        ROLE_PROGRAM,   /* who spoke */
        ROLE_LOG,       /* who spoke, or which log it is */
        ROLE_FACILITY,  /* of syslog */
        ROLE_PRIORITY,  /* facility and level */
        ROLE_TRANSPORT, /* of the journal */
        ROLE_PROCESS,   /* of the journal: the kernel has none */
        ROLE_CONTAINER,
        ROLE_STREAM,    /* stdout, stderr: of a container */
        ROLE_COMPONENT, /* who reported a Kubernetes event */
        ROLE_NODE,      /* the name of an event's object */
        ROLE_NODE_KIND,
        ROLE_BOOT,
};

/* Of names of one role the first is believed most. Sorted by role alone. */
static const struct {
        const char *name;
        enum role role;
} names[] = {
        { "message", ROLE_MESSAGE },
        { "msg", ROLE_MESSAGE },
        { "log", ROLE_MESSAGE },
        { "shortmessage", ROLE_MESSAGE },
        { "fullmessage", ROLE_MESSAGE },
        { "textpayload", ROLE_MESSAGE },
        { "event.original", ROLE_MESSAGE },
        { "log.original", ROLE_MESSAGE },
        { "raw", ROLE_MESSAGE },
        { "rawmsg", ROLE_MESSAGE },
        { "rawmessage", ROLE_MESSAGE },
        { "line", ROLE_MESSAGE },
        { "text", ROLE_MESSAGE },
        { "body", ROLE_MESSAGE },
        { "body.stringvalue", ROLE_MESSAGE },
        { "syslogmessage", ROLE_MESSAGE },
        { "logmessage", ROLE_MESSAGE },
        { "note", ROLE_MESSAGE },
        { "rawstring", ROLE_MESSAGE },

        { "hostname", ROLE_HOST },
        { "host.name", ROLE_HOST },
        { "host.hostname", ROLE_HOST },
        { "source.host", ROLE_HOST },
        { "host", ROLE_HOST },
        { "nodename", ROLE_HOST },
        { "node.name", ROLE_HOST },
        { "kubernetes.host", ROLE_HOST },
        { "node", ROLE_HOST },
        { "sysloghostname", ROLE_HOST },
        { "logsource", ROLE_HOST },
        { "computer", ROLE_HOST },
        { "computername", ROLE_HOST },
        { "machine", ROLE_HOST },
        { "server", ROLE_HOST },
        { "reportinginstance", ROLE_HOST },
        { "instance", ROLE_HOST },
        { "instancename", ROLE_HOST },
        { "com/resourcename", ROLE_HOST }, /* compute.googleapis.com/resource_name */
        { "instanceid", ROLE_HOST },
        { "fromhost", ROLE_HOST },
        { "sourcehost", ROLE_HOST },
        { "agent.name", ROLE_HOST },
        { "source", ROLE_HOST },

        { "realtimetimestamp", ROLE_TIME },
        { "sourcerealtimetimestamp", ROLE_TIME },
        { "lasttimestamp", ROLE_TIME },
        { "eventtime", ROLE_TIME },
        { "firsttimestamp", ROLE_TIME },
        { "timereported", ROLE_TIME },
        { "isodate", ROLE_TIME },
        { "timestamp", ROLE_TIME },
        { "timeunixnano", ROLE_TIME },
        { "time", ROLE_TIME },
        { "ts", ROLE_TIME },
        { "datetime", ROLE_TIME },
        { "eventtimestamp", ROLE_TIME },
        { "t", ROLE_TIME },
        { "syslogtimestamp", ROLE_TIME },
        { "generatedat", ROLE_TIME },
        { "timegenerated", ROLE_TIME },
        { "receivedat", ROLE_TIME },
        { "date", ROLE_TIME },
        { "observedtimeunixnano", ROLE_TIME },
        { "receivetimestamp", ROLE_TIME },
        { "creationtimestamp", ROLE_TIME },
        { "ingestiontime", ROLE_TIME },
        { "indextime", ROLE_TIME },

        { "sourcemonotonictimestamp", ROLE_MONO },

        { "program", ROLE_PROGRAM },
        { "programname", ROLE_PROGRAM },
        { "appname", ROLE_PROGRAM },
        { "ident", ROLE_PROGRAM },
        { "identifier", ROLE_PROGRAM },
        { "syslogidentifier", ROLE_PROGRAM },
        { "syslogtag", ROLE_PROGRAM },
        { "syslogprogram", ROLE_PROGRAM },
        { "applicationname", ROLE_PROGRAM },
        { "process", ROLE_PROGRAM },
        { "process.name", ROLE_PROGRAM },
        { "processname", ROLE_PROGRAM },
        { "procname", ROLE_PROGRAM },
        { "application", ROLE_PROGRAM },
        { "daemon", ROLE_PROGRAM },

        { "tag", ROLE_LOG },
        { "app", ROLE_LOG },
        { "service", ROLE_LOG },
        { "service.name", ROLE_LOG },
        { "servicename", ROLE_LOG },
        { "unit", ROLE_LOG },
        { "logger", ROLE_LOG },
        { "loggername", ROLE_LOG },
        { "component", ROLE_LOG },
        { "sourcename", ROLE_LOG },

        { "facility", ROLE_FACILITY },
        { "facilityname", ROLE_FACILITY },
        { "facilitylabel", ROLE_FACILITY },
        { "facility.code", ROLE_FACILITY },
        { "facility.name", ROLE_FACILITY },
        { "facilitycode", ROLE_FACILITY },
        { "facilitynum", ROLE_FACILITY },
        { "syslogfacility", ROLE_FACILITY },
        { "syslogfacilitytext", ROLE_FACILITY },
        { "syslogfacilitycode", ROLE_FACILITY },
        { "fac", ROLE_FACILITY },

        { "pri", ROLE_PRIORITY },
        { "syslog.priority", ROLE_PRIORITY },

        { "transport", ROLE_TRANSPORT },

        { "container", ROLE_CONTAINER },
        { "containername", ROLE_CONTAINER },
        { "containerid", ROLE_CONTAINER },
        { "container.name", ROLE_CONTAINER },
        { "container.id", ROLE_CONTAINER },
        { "container.image.name", ROLE_CONTAINER },
        { "pod", ROLE_CONTAINER },
        { "podname", ROLE_CONTAINER },
        { "pod.name", ROLE_CONTAINER },

        { "stream", ROLE_STREAM },
        { "logname", ROLE_STREAM },
        { "iostream", ROLE_STREAM },

        { "source.component", ROLE_COMPONENT },
        { "reportingcomponent", ROLE_COMPONENT },
        { "reportingcontroller", ROLE_COMPONENT },

        { "involvedobject.name", ROLE_NODE },
        { "regarding.name", ROLE_NODE },
        { "involvedobject.kind", ROLE_NODE_KIND },
        { "regarding.kind", ROLE_NODE_KIND },

        { "bootid", ROLE_BOOT },
};

/* The journal's own fields about a process; they are told by their '_', since others may have these names for other things. */
static const char *const process_names[] = { "_PID",     "_UID",          "_COMM",          "_EXE",
                                             "_CMDLINE", "_SYSTEMD_UNIT", "_SYSTEMD_CGROUP" };

static void normalise(struct text path, char name[static NAME_MAX_BYTES + 1])
{
        /* the last parts of a long one */
        if (path.length > NAME_MAX_BYTES)
                path = text_from_offset(path, path.length - NAME_MAX_BYTES);
        for (size_t i = 0; i < path.length; i++) {
                char c = path.data[i];

                if (c == '_' || c == '-' || c == '@' || c == '$' || c == ' ' || c == '\0')
                        continue;
                *name++ = (char)(c >= 'A' && c <= 'Z' ? c + 0x20 : c);
        }
        *name = '\0';
}

/* The longest name that is the last parts of path; -1: none is. */
static int find_name(struct text path)
{
        char parts[NAME_MAX_BYTES + 1];

        normalise(path, parts);
        for (const char *last = parts, *dot;; last = dot + 1) {
                for (size_t i = 0; i < COUNT(names); i++)
                        if (*last == *names[i].name && strcmp(last, names[i].name) == 0)
                                return (int)i;
                dot = strchr(last, '.');
                if (!dot)
                        return -1;
        }
}

/* ---- time --------------------------------------------------------------------------------------------------------------- */

/* "1795820073", with a fraction, in s, ms, us or ns: by its size. What is before 2001 in seconds is no time, but a clock of the
 * kernel's if it has six digits after the point. */
static bool read_number(struct text value, struct log_roles *roles, struct log_stamp *ret_stamp)
{
        struct log_stamp stamp = { .kind = LOG_STAMP_UTC };
        int64_t unit = USEC_PER_SEC;
        uint64_t number, digits;
        struct text fraction;

        if (!text_eat_u64(&value, &number) || number > INT64_MAX)
                return false;
        if (text_eat(&value, TEXT("."))) {
                fraction = value;
                if (!text_eat_u64(&value, &digits) || value.length)
                        return false;
                for (size_t i = 0; i < fraction.length && unit > 1; i++) {
                        unit /= 10;
                        stamp.fraction_usec += unit * (fraction.data[i] - '0');
                }
                if (number < 1000000000) {
                        if (fraction.length == 6) {
                                roles->has_mono = true;
                                roles->mono_usec = (int64_t)number * USEC_PER_SEC + stamp.fraction_usec;
                        }
                        return false;
                }
        }
        if (value.length || number < 1000000000)
                return false;
        stamp.resolution_usec = unit;
        if (number < 100000000000)
                stamp.utc_usec = (int64_t)number * USEC_PER_SEC + stamp.fraction_usec;
        else if (number < 100000000000000)
                stamp.utc_usec = (int64_t)number * 1000 + stamp.fraction_usec / 1000, stamp.resolution_usec = 1000;
        else if (number < 100000000000000000)
                stamp.utc_usec = (int64_t)number, stamp.resolution_usec = 1;
        else
                stamp.utc_usec = (int64_t)(number / 1000), stamp.resolution_usec = 1;
        *ret_stamp = stamp;
        return true;
}

static void take_time(struct log_roles *roles, struct text value, unsigned rank)
{
        struct log_stamp stamp = { 0 };
        struct text rest = value;

        if (log_stamp_eat_iso(&rest, &stamp)) {
                struct text utc = TEXT("Z");
                bool has_zone = text_eat(&rest, TEXT(" ")) &&
                                log_stamp_eat_zone(text_equal(rest, TEXT("UTC")) ? &utc : &rest, &stamp);

                (void)has_zone; /* it has its own, or none is known */
        } else if (!read_number(value, roles, &stamp) && !log_stamp_eat_ctime(&rest, &stamp) &&
                   !log_stamp_eat_syslog(&rest, &stamp)) {
                return;
        }
        if (stamp.kind == LOG_STAMP_NONE)
                return;
        if (stamp.kind == LOG_STAMP_YEARLESS)
                rank += COUNT(names); /* any other is better */
        if (roles->time_rank && roles->time_rank <= rank)
                return;
        roles->time_rank = rank;
        roles->stamp = stamp;
}

/* ---- who and where ------------------------------------------------------------------------------------------------------ */

static bool is_host(struct text value)
{
        if (value.length == 0 || value.length > LOG_HOST_MAX)
                return false;
        for (size_t i = 0; i < value.length; i++)
                if ((unsigned char)value.data[i] <= ' ' || memchr("/\\\"'{}[]()<>,;=", value.data[i], 16))
                        return false;
        return true;
}

static void take_host(struct log_roles *roles, struct text value, unsigned rank)
{
        if (!is_host(value) || (roles->host_rank && roles->host_rank <= rank))
                return;
        roles->host_rank = rank;
        roles->host = value;
}

static bool is_kernels_name(struct text value)
{
        (void)text_eat_end(&value, TEXT(":"));
        return text_equal(value, TEXT("kernel")) || text_equal(value, TEXT("kern")) ||
               text_equal(value, TEXT("vmunix")) || text_equal(value, TEXT("linux"));
}

static bool has_word(struct text value, const char *const *words, size_t n_words)
{
        for (size_t i = 0; i < n_words; i++)
                if (text_find(value, text_from(words[i]), 0) >= 0)
                        return true;
        return false;
}

static void take_program(struct log_roles *roles, struct text value, bool may_be_log)
{
        static const char *const logs[] = { "kern",     "kmsg",    "dmesg",   "syslog",
                                            "messages", "journal", "var.log", "/var/log" };

        if (is_kernels_name(value))
                roles->is_kernel = true;
        else if (value.length && !text_equal(value, TEXT("-")) && !text_equal(value, TEXT("null")) &&
                 !(may_be_log && has_word(value, logs, COUNT(logs))))
                roles->is_other = true;
}

/* "kern", "kernel", "0", "0 (kernel)" */
static void take_facility(struct log_roles *roles, struct text value)
{
        uint64_t number;
        struct text rest = value;

        if (value.length == 0 || text_equal(value, TEXT("null")))
                return;
        if (is_kernels_name(value) || (text_eat_u64(&rest, &number) && number == 0) || text_starts(value, TEXT("kern")))
                roles->is_kernel = true;
        else
                roles->is_other = true;
}

static void take_priority(struct log_roles *roles, struct text value)
{
        uint64_t number;

        if (text_eat_u64(&value, &number) && value.length == 0 && number > 7)
                roles->is_other = true;
}

static void take_transport(struct log_roles *roles, struct text value)
{
        static const char *const others[] = { "syslog", "stdout", "journal", "audit", "driver" };

        if (text_equal(value, TEXT("kernel")))
                roles->is_kernel = true;
        for (size_t i = 0; i < COUNT(others); i++)
                roles->is_other = roles->is_other || text_equal(value, text_from(others[i]));
}

/* Events are told by who watches the kernel's log, or by others of Kubernetes, which the kernel's words are none of. */
static void take_component(struct log_roles *roles, struct text value)
{
        static const char *const watchers[] = { "kern", "monitor", "node-problem", "npd" };

        roles->is_other = roles->is_other || (value.length && !has_word(value, watchers, COUNT(watchers)));
}

static void take_stream(struct log_roles *roles, struct text value)
{
        roles->is_container =
                roles->is_container || text_ends(value, TEXT("stdout")) || text_ends(value, TEXT("stderr"));
}

static void take_mono(struct log_roles *roles, struct text value)
{
        uint64_t usec;

        if (text_eat_u64(&value, &usec) && value.length == 0 && usec <= INT64_MAX) {
                roles->has_mono = true;
                roles->mono_usec = (int64_t)usec;
        }
}

/* A shipper names the file that it read: what a container printed is in these folders. */
static bool is_of_container(struct text path)
{
        return text_starts(path, TEXT("/var/log/containers/")) || text_starts(path, TEXT("/var/log/pods/")) ||
               text_starts(path, TEXT("/var/lib/docker/containers/"));
}

static bool take_role(struct log_roles *roles, int name, struct text value)
{
        unsigned rank = (unsigned)name + 1;

        switch (names[name].role) {
        case ROLE_MESSAGE:
                return false;
        case ROLE_HOST:
                take_stream(roles, value); /* docker's "source" */
                take_host(roles, value, rank);
                break;
        case ROLE_TIME:
                take_time(roles, value, rank);
                break;
        case ROLE_MONO:
                take_mono(roles, value);
                break;
        case ROLE_PROGRAM:
                take_program(roles, value, false);
                break;
        case ROLE_LOG:
                take_program(roles, value, true);
                break;
        case ROLE_FACILITY:
                take_facility(roles, value);
                break;
        case ROLE_PRIORITY:
                take_priority(roles, value);
                break;
        case ROLE_TRANSPORT:
                take_transport(roles, value);
                break;
        case ROLE_PROCESS:
                roles->is_other = true;
                break;
        case ROLE_CONTAINER:
                roles->is_container = roles->is_container || value.length > 0;
                break;
        case ROLE_STREAM:
                take_stream(roles, value);
                break;
        case ROLE_COMPONENT:
                take_component(roles, value);
                break;
        case ROLE_NODE:
                roles->node = value;
                break;
        case ROLE_NODE_KIND:
                roles->is_of_node = text_equal(value, TEXT("Node"));
                break;
        case ROLE_BOOT:
                roles->boot_id = value;
                break;
        }
        return true;
}

/* ---- members ------------------------------------------------------------------------------------------------------------ */

static bool may_be_message(struct text value)
{
        return value.length >= TEXT_MIN && memchr(value.data, ' ', value.length);
}

static bool is_of_process(struct text path)
{
        struct text name = text_from_offset(path, (size_t)(text_find_last(path, TEXT(".")) + 1));

        if (!text_starts(name, TEXT("_")))
                return false;
        for (size_t i = 0; i < COUNT(process_names); i++)
                if (text_equal(name, text_from(process_names[i])))
                        return true;
        return false;
}

static bool add_text(struct log_members *members, struct text path, struct text text, bool is_message)
{
        if (members->n_texts == COUNT(members->texts))
                return false;
        members->texts[members->n_texts++] = (struct log_member_text){ .text = text,
                                                                       .label = path.length ? path : TEXT("[]"),
                                                                       .is_message = is_message };
        return true;
}

bool log_members_add(struct log_members *members, struct text path, struct text value, bool is_text)
{
        int name = find_name(path);

        if (is_of_process(path) && value.length)
                members->roles.is_other = true;
        if (is_of_container(value))
                members->roles.is_container = true;
        /* What has a role in other hands may be the message in these: {"process": "Out of memory: Killed process ..."}. */
        if (name >= 0 && names[name].role != ROLE_MESSAGE && take_role(&members->roles, name, value))
                return true;
        return is_text && (name >= 0 ? value.length > 0 : may_be_message(value)) &&
               add_text(members, path, value, name >= 0);
}

void log_members_add_text(struct log_members *members, struct text path, struct text text)
{
        struct log_stamp stamp;
        unsigned rank = members->roles.time_rank;

        if (rank == 0 && read_number(text, &members->roles, &stamp)) {
                members->roles.stamp = stamp;
                return;
        }
        if (text.length)
                (void)add_text(members, path, text, true);
}

enum log_speaker log_members_speaker(const struct log_roles *roles)
{
        return roles->is_other       ? LOG_SPEAKER_OTHER
               : roles->is_container ? LOG_SPEAKER_PROGRAM
               : roles->is_kernel    ? LOG_SPEAKER_KERNEL
                                     : LOG_SPEAKER_UNKNOWN;
}

/* A later text begins with all of it. */
static bool is_shortened(const struct log_members *members, size_t index)
{
        struct text text = members->texts[index].text;

        for (size_t i = index + 1; i < members->n_texts; i++)
                if (members->texts[i].text.length > text.length && text_starts(members->texts[i].text, text))
                        return true;
        return false;
}

bool log_members_offer(const struct log_members *members, size_t first, log_offer_fn *offer, void *userdata)
{
        const struct log_roles *roles = &members->roles;
        enum log_speaker speaker = log_members_speaker(roles);
        struct text taken = { 0 };
        struct log_inner inner = { .host = roles->host,
                                   .stamp = roles->stamp,
                                   .has_mono = roles->has_mono,
                                   .mono_usec = roles->mono_usec,
                                   .boot_id = roles->boot_id,
                                   .escape = LOG_ESCAPE_BOTH };

        if (speaker == LOG_SPEAKER_OTHER)
                return false;
        if (inner.host.length == 0 && roles->is_of_node && is_host(roles->node))
                inner.host = roles->node;
        for (size_t i = first; i < members->n_texts; i++) {
                const struct log_member_text *text = &members->texts[i];

                if (taken.length ? !text_equal(taken, text->label) : is_shortened(members, i))
                        continue;
                inner.text = text->text;
                inner.label = text->label;
                inner.speaker = speaker == LOG_SPEAKER_KERNEL && !text->is_message ? LOG_SPEAKER_UNKNOWN : speaker;
                if (offer(&inner, userdata))
                        taken = text->label;
        }
        return taken.length > 0;
}
