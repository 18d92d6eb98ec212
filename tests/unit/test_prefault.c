/* daemon/watch/prefault.h */

#include <json-c/json.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"
#include "parse/parser.h"
#include "util/touch.h"
#include "watch/prefault.h"

/* How many pages of a library's code and constants are in memory; and the address of one that is. */
struct mapped {
        size_t n_pages;
        const volatile char *page;
};

/* /proc/self/pagemap: bit 63 is "present", of one page mapped here (Documentation/admin-guide/mm/pagemap.rst). */
static bool is_present(FILE *pagemap, uintptr_t address, size_t page_bytes)
{
        uint64_t entry;

        ck_assert_int_eq(fseek(pagemap, (long)(address / page_bytes * sizeof(entry)), SEEK_SET), 0);
        ck_assert_uint_eq(fread(&entry, sizeof(entry), 1, pagemap), 1);
        return entry >> 63;
}

static int add_mapped(struct dl_phdr_info *object, size_t size, void *userdata)
{
        struct mapped *mapped = userdata;
        size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
        FILE *pagemap;

        (void)size;
        if (!strstr(object->dlpi_name, "libjson-c"))
                return 0;
        pagemap = fopen("/proc/self/pagemap", "re");
        ck_assert_ptr_nonnull(pagemap);
        for (size_t i = 0; i < object->dlpi_phnum; i++) {
                const ElfW(Phdr) *header = &object->dlpi_phdr[i];
                uintptr_t start = (object->dlpi_addr + header->p_vaddr) & ~(page_bytes - 1);

                if (header->p_type != PT_LOAD || header->p_flags & PF_W)
                        continue;
                for (uintptr_t page = start; page < object->dlpi_addr + header->p_vaddr + header->p_memsz;
                     page += page_bytes)
                        if (is_present(pagemap, page, page_bytes)) {
                                mapped->n_pages++;
                                mapped->page = (const char *)page;
                        }
        }
        ck_assert_int_eq(fclose(pagemap), 0);
        return 0;
}

static struct mapped mapped_now(void)
{
        struct mapped mapped = { 0 };

        (void)dl_iterate_phdr(add_mapped, &mapped);
        return mapped;
}

START_TEST(test_pages_of_the_start_are_released_and_come_back)
{
        struct mapped before, after;
        char byte;

        json_object_put(json_object_new_int(1));
        before = mapped_now();
        ck_assert_uint_gt(before.n_pages, 0);
        byte = *before.page;
        prefault_release_start_pages();
        after = mapped_now();
        ck_assert_uint_lt(after.n_pages, before.n_pages);
        ck_assert_int_eq(*before.page, byte);
        json_object_put(json_object_new_int(1));
}
END_TEST

static void on_incident(const struct oom_incident *incident, void *userdata)
{
        (void)incident;
        (void)userdata;
        ck_abort_msg("of a parser that has read nothing");
}

/* The pages of the parser that the first report needs are there before it comes. */
START_TEST(test_parser_is_touched_where_another_was_used)
{
        static char data[16 * TOUCH_STEP], used[16 * TOUCH_STEP], copy[16 * TOUCH_STEP];
        const size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE), n_pages = 64;
        char *fresh = mmap(NULL, n_pages * page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        char *other = mmap(NULL, n_pages * page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        FILE *pagemap = fopen("/proc/self/pagemap", "re");

        ck_assert(fresh != MAP_FAILED && other != MAP_FAILED && pagemap);
        ck_assert_int_eq(madvise(fresh, n_pages * page_bytes, MADV_NOHUGEPAGE), 0);
        other[7 * page_bytes + 5] = 'x';
        touch_like(fresh, other, n_pages * page_bytes);
        for (size_t i = 0; i < n_pages; i++)
                ck_assert_int_eq(is_present(pagemap, (uintptr_t)(fresh + i * page_bytes), page_bytes), i == 7);
        ck_assert_int_eq(fclose(pagemap), 0);

        memset(used, 'u', sizeof(used));
        for (size_t i = 0; i < sizeof(data); i++)
                copy[i] = data[i] = (char)i;
        touch_like(data, used, sizeof(data));
        ck_assert(memcmp(data, copy, sizeof(data)) == 0);
}
END_TEST

START_TEST(test_alert_path_understands_its_report)
{
        struct oom_parser *parser;

        ck_assert_int_eq(oom_parser_new(on_incident, NULL, &parser), 0);
        prefault_release_start_pages();
        ck_assert_int_eq(prefault_alert_path(parser), 0);
        ck_assert_uint_gt(mapped_now().n_pages, 0);                 /* the alert's JSON was made */
        ck_assert_uint_eq(oom_parser_open_seq(parser), UINT64_MAX); /* this one has read nothing */
        ck_assert_ptr_null(oom_parser_free(parser));
}
END_TEST

TEST_MAIN("prefault", CASE(test_pages_of_the_start_are_released_and_come_back),
          CASE(test_parser_is_touched_where_another_was_used), CASE(test_alert_path_understands_its_report))
