/* daemon/common/config_parse.c: reads the configuration's files with libconfuse.
 *
 * libconfuse calls back for each value and at each section's end, and knows the line only then. So on_value() checks a
 * value at once and keeps it in the loader's section, and on_section_end() puts the section into a configuration,
 * where it replaces one of an earlier file. libconfuse's own tree is not read. */

#include "common/config_parse.h"

#include <confuse.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "common/config_prepare.h"
#include "common/config_section.h"
#include "host/file.h"
#include "util/cleanup.h"

struct loader {
        struct config *config; /* as far as it was read: sections are checked against the others */
        const struct config_listener *listener;
        struct config_section section;
        const char *file; /* as messages name it */
        char *error;      /* CONFIG_ERROR_MAX bytes */
        int result;       /* of the first failure */
};

/* --- messages ----------------------------------------------------------------------------------------------------- */

/* Keeps the message if it is the first: later ones are its consequences. line 0: it is about the whole file. Returns
 * result, or the first one's. */
static int __attribute__((format(printf, 4, 5)))
fail(struct loader *loader, int result, unsigned line, const char *format, ...)
{
        /* The message matters more than the beginning of a long path. */
        size_t path_length = strlen(loader->file), path_max = CONFIG_ERROR_MAX / 2;
        bool is_cut = path_length > path_max;
        const char *path = loader->file + (is_cut ? path_length - path_max : 0);
        va_list arguments;
        int length;

        if (loader->result < 0)
                return loader->result;
        loader->result = result;
        if (line > 0)
                length = snprintf(loader->error, CONFIG_ERROR_MAX, "%s%s:%u: ", is_cut ? "..." : "", path, line);
        else
                length = snprintf(loader->error, CONFIG_ERROR_MAX, "%s%s: ", is_cut ? "..." : "", path);
        va_start(arguments, format);
        (void)vsnprintf(loader->error + length, CONFIG_ERROR_MAX - (size_t)length, format, arguments);
        va_end(arguments);
        /* A file's name may hold anything, and the message may go to a terminal. */
        for (char *c = loader->error; *c; c++)
                if ((unsigned char)*c < 0x20 || *c == 0x7f)
                        *c = '?';
        return result;
}

static int fail_errno(struct loader *loader, int result)
{
        return fail(loader, result, 0, "%s", strerror(-result));
}

/* --- libconfuse's callbacks --------------------------------------------------------------------------------------- */

/* libconfuse hands no context to its callbacks, so each section has an option more, whose value is the loader. Where a
 * file sets it, on_value() doesn't know the key. */
#define LOADER_OPTION "(loader)"

static struct loader *loader_of(cfg_t *cfg)
{
        return (struct loader *)cfg_getopt(cfg, LOADER_OPTION)->simple_value.ptr;
}

static unsigned line_of(const cfg_t *cfg)
{
        return (unsigned)cfg->line;
}

/* Whether a message may repeat text of the file: a key's name, or punctuation. Of the name of a section, which is no secret: digits
 * and dots too. */
static bool is_repeatable(const char *text, size_t length, bool is_title)
{
        size_t n_key = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-");
        size_t n_title = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-.0123456789");

        if (is_title)
                return n_title >= length && length <= CONFIG_NAME_MAX;
        return (n_key >= length && length > 0 && length <= 32) || (length == 1 && strchr("{}=,", text[0]));
}

/* The message is libconfuse's own. What it quotes may be a secret in the wrong place, and is left out then. */
static void __attribute__((format(printf, 2, 0))) on_error(cfg_t *cfg, const char *format, va_list arguments)
{
        char message[CONFIG_ERROR_MAX];
        char *first, *last;
        bool is_title;

        (void)vsnprintf(message, sizeof(message), format, arguments);
        first = strchr(message, '\'');
        last = strrchr(message, '\'');
        is_title = strncmp(message, "found duplicate title ", 22) == 0;
        if (first && !is_repeatable(first + 1, (size_t)(last - first) - 1, is_title))
                (void)snprintf(first, sizeof(message) - (size_t)(first - message), "...");
        (void)fail(loader_of(cfg), -EINVAL, line_of(cfg), "%s", message);
}

static int on_value(cfg_t *cfg, cfg_opt_t *option, const char *value, void *ret_value)
{
        struct loader *loader = loader_of(cfg);
        char wrong[CONFIG_ERROR_MAX];
        /* nvalues counts the values of a list up to this one. */
        int r = config_section_set(&loader->section, cfg->name, option->name, value, option->nvalues <= 1, wrong);

        if (r == -EINVAL)
                return fail(loader, r, line_of(cfg), "%s", wrong);
        if (r == 0)
                r = loader->listener->key(cfg->name, option->name, value, option->nvalues <= 1,
                                          loader->listener->userdata);
        if (r < 0)
                return fail_errno(loader, r);
        *(const char **)ret_value = ""; /* libconfuse copies it into its tree, which nobody reads */
        return 0;
}

static int on_section_end(cfg_t *cfg, cfg_opt_t *option)
{
        struct loader *loader = loader_of(cfg);
        const struct config_section_kind *kind = config_section_kinds;
        unsigned count = cfg_opt_size(option);
        const char *title = cfg_title(cfg_opt_getnsec(option, count - 1));
        char wrong[CONFIG_ERROR_MAX];
        int r;

        while (strcmp(kind->name, option->name) != 0)
                kind++; /* there is one: make_tables() made the option from it */
        if (!kind->is_sink && count > 1)
                return fail(loader, -EINVAL, line_of(cfg), "duplicate section '%s'", option->name);
        r = config_section_end(&loader->section, kind, title, loader->config, wrong);
        if (r == -EINVAL)
                return fail(loader, r, line_of(cfg), "%s", wrong);
        if (r == 0)
                r = loader->listener->section_end(kind->name, title, loader->listener->userdata);
        return r < 0 ? fail_errno(loader, r) : 0;
}

/* --- files -------------------------------------------------------------------------------------------------------- */

/* Writes the options of one kind of section, at most CONFIG_KEYS_MAX + 2, with the terminator. */
static void make_options(const char *kind, cfg_opt_t loader_option, cfg_opt_t *ret_options)
{
        struct config_key key;
        size_t count = 0;

        for (size_t i = 0; config_key(i, &key); i++) {
                cfg_flag_t flags = CFGF_NODEFAULT | (key.is_list ? CFGF_LIST : CFGF_NONE);

                if (strcmp(key.section, kind) == 0)
                        ret_options[count++] = (cfg_opt_t)CFG_STR_CB(key.name, NULL, flags, on_value);
        }
        ret_options[count++] = loader_option;
        ret_options[count] = (cfg_opt_t)CFG_END();
}

/* libconfuse's tables of options. Allocated, since 20 KiB of stack would stay resident for good. */
struct option_tables {
        cfg_opt_t options[CONFIG_KINDS][CONFIG_KEYS_MAX + 2], sections[CONFIG_KINDS + 2];
};

/* Where the parser stopped: sections count the lines themselves until they end. */
static unsigned last_line(cfg_t *cfg)
{
        unsigned line = line_of(cfg);

        for (size_t i = 0; i < CONFIG_KINDS; i++) {
                const char *kind = config_section_kinds[i].name;
                unsigned n_sections = cfg_size(cfg, kind);
                const cfg_t *section = n_sections > 0 ? cfg_getnsec(cfg, kind, n_sections - 1) : NULL;

                if (section && line_of(section) > line)
                        line = line_of(section);
        }
        return line;
}

static void make_tables(struct loader *loader, struct option_tables *ret_tables)
{
        cfg_opt_t loader_option = CFG_SIMPLE_STR(LOADER_OPTION, (char **)(void *)loader);

        loader_option.parsecb = on_value;
        for (size_t i = 0; i < CONFIG_KINDS; i++) {
                const struct config_section_kind *kind = &config_section_kinds[i];
                cfg_flag_t flags = CFGF_MULTI | (kind->is_sink ? CFGF_TITLE | CFGF_NO_TITLE_DUPES : CFGF_NONE);

                make_options(kind->name, loader_option, ret_tables->options[i]);
                ret_tables->sections[i] = (cfg_opt_t)CFG_SEC(kind->name, ret_tables->options[i], flags);
                ret_tables->sections[i].validcb = on_section_end;
        }
        ret_tables->sections[CONFIG_KINDS] = loader_option;
        ret_tables->sections[CONFIG_KINDS + 1] = (cfg_opt_t)CFG_END();
}

/* text has passed config_prepare(), and is not empty, which fmemopen(3) may refuse. */
static int parse_text(struct loader *loader, char *text, size_t length)
{
        struct option_tables *tables = malloc(sizeof(*tables));
        FILE *stream = fmemopen(text, length, "r");
        cfg_t *cfg = NULL;

        if (tables && stream) {
                make_tables(loader, tables);
                cfg = cfg_init(tables->sections, CFGF_NONE);
        }
        if (cfg)
                (void)cfg_set_error_function(cfg, on_error);
        errno = ENOMEM;
        /* There is no message yet if memory was short, or a key is "", which libconfuse refuses by errno alone. */
        if (!cfg || cfg_parse_fp(cfg, stream) != CFG_SUCCESS)
                (void)(cfg && errno == EINVAL ? fail(loader, -EINVAL, last_line(cfg), "no such option ''")
                                              : fail_errno(loader, -ENOMEM));
        if (cfg)
                (void)cfg_free(cfg);
        if (stream)
                (void)fclose(stream);
        free(tables);
        return loader->result;
}

static int load_file(struct loader *loader, const char *path)
{
        /* Not blocking: somebody may have left a FIFO there. */
        _cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        _cleanup_(freep) char *text = NULL;
        struct stat status;
        const char *wrong;
        unsigned line = 0;
        ssize_t length;

        loader->file = path;
        if (fd < 0 || fstat(fd, &status) < 0)
                return fail_errno(loader, -errno);
        if (S_ISDIR(status.st_mode))
                return fail_errno(loader, -EISDIR);
        /* /dev/null is the usual way to name an empty file, and to mask a drop-in. */
        if (!S_ISREG(status.st_mode) && !(S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3)))
                return fail(loader, -EINVAL, 0, "not a regular file");
        text = malloc(CONFIG_FILE_MAX + 1);
        length = text ? file_read_all(fd, text, CONFIG_FILE_MAX + 1) : -ENOMEM;
        if (length < 0)
                return fail_errno(loader, (int)length);
        if (length > CONFIG_FILE_MAX)
                return fail(loader, -EINVAL, 0, "more than %d bytes", CONFIG_FILE_MAX);
        text[length] = '\0';
        wrong = config_prepare(text, (size_t)length, &line);
        if (wrong)
                return fail(loader, -EINVAL, line, "%s", wrong);
        return length > 0 ? parse_text(loader, text, (size_t)length) : 0;
}

static int is_dropin(const struct dirent *entry)
{
        size_t length = strlen(entry->d_name);

        return entry->d_name[0] != '.' && length > 5 && strcmp(entry->d_name + length - 5, ".conf") == 0;
}

/* Not alphasort(3), whose order depends on the locale. */
static int compare_names(const struct dirent **a, const struct dirent **b)
{
        return strcmp((*a)->d_name, (*b)->d_name);
}

static int load_dropins(struct loader *loader, const char *directory)
{
        struct dirent **entries = NULL;
        int n_entries = scandir(directory, &entries, is_dropin, compare_names);
        int r = 0;

        loader->file = directory;
        if (n_entries < 0)
                return errno == ENOENT || errno == ENOTDIR ? 0 : fail_errno(loader, -errno);
        if (n_entries > CONFIG_DROPINS_MAX)
                r = fail(loader, -EINVAL, 0, "more than %d drop-ins", CONFIG_DROPINS_MAX);
        for (int i = 0; i < n_entries; i++) {
                _cleanup_(freep) char *path = NULL;

                if (r == 0 && asprintf(&path, "%s/%s", directory, entries[i]->d_name) < 0) {
                        path = NULL; /* asprintf(3) leaves it undefined */
                        r = fail_errno(loader, -ENOMEM);
                } else if (r == 0) {
                        r = load_file(loader, path);
                }
                free(entries[i]);
        }
        free(entries);
        return r;
}

int config_parse(const char *path, const struct config_listener *listener, char error[static CONFIG_ERROR_MAX])
{
        const char *file = path ? path : CONFIG_DEFAULT_PATH;
        struct loader loader = { .listener = listener, .file = file, .error = error };
        _cleanup_(freep) char *directory = NULL;
        size_t length = strlen(file);
        int r = config_new(&loader.config);

        if (length > 5 && strcmp(file + length - 5, ".conf") == 0)
                length -= 5;
        if (r == 0 && asprintf(&directory, "%.*s.conf.d", (int)length, file) < 0) {
                directory = NULL; /* asprintf(3) leaves it undefined */
                r = -ENOMEM;
        }
        if (r != 0)
                r = fail_errno(&loader, r);
        else if (path || access(file, F_OK) == 0 || errno != ENOENT)
                r = load_file(&loader, file);
        if (r == 0 && directory)
                r = load_dropins(&loader, directory);
        config_section_done(&loader.section);
        (void)config_free(loader.config);
        return r;
}
