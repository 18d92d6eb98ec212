#include "watch/prefault.h"

#include <errno.h>
#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "alert/minimal.h"
#include "common/config.h"
#include "kmsg/record.h"
#include "notify/rendered_alert.h"
#include "parse/parser.h"
#include "util/array.h"

/* glibc's own default, which it raises when a larger block is freed, such as the configuration's text. Large blocks that are hardly
 * used, such as the parser's reports, would then come from the heap, not as pages of their own, which take memory only where
 * they are touched. */
#define MMAP_THRESHOLD_BYTES (128 * 1024)

/* Two for each sink that there may be, and those of the watcher itself. */
#define TIMERS_MAX (2 * CONFIG_SINKS_MAX + 32)

void prefault_configure_malloc(void)
{
#ifdef __GLIBC__
        (void)mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD_BYTES); /* a failure costs some memory */
#endif
}

/* Whether the code itself was relocated: then its pages differ from the file, and can't be read back from it. */
static bool has_text_relocations(const struct dl_phdr_info *object)
{
        for (ElfW(Half) i = 0; i < object->dlpi_phnum; i++) {
                const ElfW(Phdr) *header = &object->dlpi_phdr[i];
                const ElfW(Dyn) * entry;

                if (header->p_type != PT_DYNAMIC)
                        continue;
                for (entry = (const void *)(object->dlpi_addr + header->p_vaddr); entry->d_tag != DT_NULL; entry++)
                        if (entry->d_tag == DT_TEXTREL || (entry->d_tag == DT_FLAGS && entry->d_un.d_val & DF_TEXTREL))
                                return true;
        }
        return false;
}

/* Releases the segments of a library that are never written: each page can be read back from the file. The program itself stays: it
 * is small, and most of it makes alerts. */
static int release_segments(struct dl_phdr_info *object, size_t size, void *userdata)
{
        uintptr_t in_page = *(const uintptr_t *)userdata - 1;

        (void)size;
        if (!object->dlpi_name[0] || has_text_relocations(object))
                return 0;
        for (ElfW(Half) i = 0; i < object->dlpi_phnum; i++) {
                const ElfW(Phdr) *header = &object->dlpi_phdr[i];
                uintptr_t start = object->dlpi_addr + header->p_vaddr;

                if (header->p_type == PT_LOAD && !(header->p_flags & PF_W))
                        (void)madvise((void *)(start & ~in_page), (start & in_page) + header->p_memsz, MADV_DONTNEED);
        }
        return 0;
}

void prefault_release_start_pages(void)
{
        uintptr_t page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);

#ifdef __GLIBC__
        (void)malloc_trim(0);
#endif
        (void)dl_iterate_phdr(release_segments, &page_bytes);
}

static int lock_pages(void)
{
        return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0 ? -errno : 0;
}

int prefault_lock_memory(void)
{
        const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
        struct rlimit before, zero;
        int r;

        /* With MCL_FUTURE every later mapping counts against the limit, touched or not. */
        if (setrlimit(RLIMIT_MEMLOCK, &none) == 0)
                return lock_pages();
        if (getrlimit(RLIMIT_MEMLOCK, &before) < 0)
                return -errno;
        if (before.rlim_cur == RLIM_INFINITY)
                return lock_pages();
        /* The limit doesn't apply to a process with CAP_IPC_LOCK in the initial user namespace, as long as it keeps that; a
         * capability in another namespace doesn't count (mm/mlock.c). With a limit of 0, locking works only in the former case. */
        if (geteuid() != 0)
                return -EPERM;
        zero = (struct rlimit){ 0, before.rlim_max };
        if (setrlimit(RLIMIT_MEMLOCK, &zero) < 0)
                return -errno;
        r = lock_pages();
        (void)setrlimit(RLIMIT_MEMLOCK, &before); /* can't fail: it isn't above the hard limit */
        return r;
}

/* A report about a memory cgroup, as Linux 6.12 prints it. */
static const char *const report[] = {
        "4,1,1,-;prefault invoked oom-killer: gfp_mask=0x100cca(GFP_HIGHUSER_MOVABLE), order=0, oom_score_adj=0",
        "4,2,1,-;CPU: 0 UID: 0 PID: 2 Comm: prefault Not tainted 6.12.0 #1",
        "6,3,1,-;memory: usage 51200kB, limit 51200kB, failcnt 658",
        "6,4,1,-;swap: usage 0kB, limit 0kB, failcnt 0",
        "6,5,1,-;Memory cgroup stats for /system.slice/prefault.service:",
        "6,6,1,-;anon 52264960",
        "6,7,1,-;file 0",
        "6,8,1,-;Tasks state (memory values in pages):",
        "6,9,1,-;[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents "
        "oom_score_adj name",
        "6,10,1,-;[      2]     0     2    13091    12736    12736        0         0   139264        0             0 "
        "prefault",
        "6,11,1,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
        "oom_memcg=/system.slice/prefault.service,task_memcg=/system.slice/"
        "prefault.service,task=prefault,pid=2,uid=0",
        "3,12,1,-;Memory cgroup out of memory: Killed process 2 (prefault) total-vm:52364kB, anon-rss:50944kB, "
        "file-rss:0kB, "
        "shmem-rss:0kB, UID:0 pgtables:136kB oom_score_adj:0",
};

static void on_no_timer(_unused_ evutil_socket_t fd, _unused_ short what, _unused_ void *userdata) {}

/* The code of the minimal form: the alert that needs it must not wait for a disk. */
static bool makes_minimal(const struct alert *alert)
{
        char buffer[ALERT_MINIMAL_JSON_MAX + 1];
        struct alert_fields fields;
        size_t length = alert_minimal_json(alert, buffer);

        _Static_assert(ALERT_MINIMAL_FIELDS_MAX <= ALERT_MINIMAL_JSON_MAX &&
                               ALERT_MINIMAL_TEXT_MAX <= ALERT_MINIMAL_JSON_MAX,
                       "the buffer does for all");
        alert_minimal_fields(alert, (struct text){ 0 }, buffer, &fields);
        return length > 0 && fields.n_fields > 0 && alert_minimal_text(alert, buffer) > 0;
}

static void on_incident(const struct oom_incident *incident, void *userdata)
{
        const struct alert_context context = { .kind = ALERT_SOURCE_KMSG,
                                               .time_usec = 0,
                                               .machine = { OOM_UNKNOWN, OOM_UNKNOWN } };
        int *result = userdata;
        struct rendered_alert *rendered;
        struct alert alert;

        alert_from_incident(incident, &context, &alert);
        rendered = rendered_alert_new(&alert);
        if (rendered)
                rendered_alert_add_fields(rendered, &alert);
        *result = rendered && rendered->fields.n_fields > 0 && makes_minimal(&alert) ? 0 : -ENOMEM;
        rendered_alert_unref(rendered);
        alert_done(&alert);
}

/* The buffers of what a kill calls: the largest is that of a file of /proc (victim_proc.c). */
#define STACK_BYTES (96 * 1024)

static void __attribute__((noinline)) touch_stack(void)
{
        char stack[STACK_BYTES];

        memset(stack, 0, sizeof(stack));
        __asm__ volatile("" : : "r"(stack) : "memory"); /* the compiler must not leave it out */
}

int prefault_alert_path(struct oom_parser *app_parser)
{
        struct oom_parser *parser = NULL; /* stays so where there is no memory for one */
        char buffer[512];
        int result = -EBADMSG;
        int r = oom_parser_new(on_incident, &result, &parser);

        touch_stack();
        for (size_t i = 0; r == 0 && i < COUNT(report); i++) {
                struct text raw = text_from(report[i]);
                struct kmsg_record record;

                r = raw.length <= sizeof(buffer) ? kmsg_record_decode(raw, buffer, &record) : -EBADMSG;
                if (r == 0)
                        oom_parser_push(parser, &record);
        }
        if (parser)
                oom_parser_touch(app_parser, parser);
        oom_parser_free(parser);
        return r < 0 ? r : result;
}

int prefault_timers(struct event_base *base)
{
        struct event *timers[TIMERS_MAX];
        size_t n_timers = 0;
        int r = 0;

        while (r == 0 && n_timers < TIMERS_MAX) {
                timers[n_timers] = evtimer_new(base, on_no_timer, NULL);
                if (!timers[n_timers])
                        r = -ENOMEM;
                else if (timer_start(timers[n_timers++], 1000) < 0)
                        r = -ENOMEM;
        }
        while (n_timers > 0)
                event_free(timers[--n_timers]);
        return r;
}
