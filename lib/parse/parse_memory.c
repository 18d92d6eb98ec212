/* lib/parse/parse_memory.c: the lines about the machine's memory (show_free_areas() and show_mem(), mm/show_mem.c, before 6.6
 * mm/page_alloc.c and lib/show_mem.c; dump_unreclaimable_slab(), mm/slab_common.c).
 *
 * The summary, a node's line and a zone's are "name:number[unit]", in another order with every version, with names that come
 * and go: they are taken as printed, and what has no name here is passed over. All of them are the kernel's own words and
 * numbers; only the name of a slab cache may hold a cgroup's (up to 5.8). */

#include "parse/parse.h"
#include "util/array.h"

/* The last order that a line can hold: each is twice the one before, and 2^63 bytes end it. */
#define ORDERS_PRINTED_MAX 52

/* "12kB": a size in bytes */
static bool eat_kilobytes(struct text *text, int64_t *ret_bytes)
{
        int64_t kilobytes;

        if (!oom_eat_number(text, &kilobytes) || (!text_eat(text, TEXT("kB")) && !text_eat(text, TEXT("KB"))))
                return false;
        return !__builtin_mul_overflow(kilobytes, 1024, ret_bytes);
}

/* ---- "name:number[unit]" --------------------------------------------------------------------------------------------- */

struct token {
        struct text name;
        int64_t value;
        bool is_kilobytes;
};

static bool ends_token(struct text rest)
{
        return rest.length == 0 || rest.data[0] == ' ' || rest.data[0] == '\n';
}

static bool eat_token(struct text *text, struct token *token)
{
        struct text rest = *text;
        size_t i = 0;

        while (i < rest.length && rest.data[i] != ':' && rest.data[i] != ' ' && rest.data[i] != '\n')
                i++;
        if (i == 0 || i == rest.length || rest.data[i] != ':')
                return false;
        token->name = text_until_offset(rest, i);
        rest = text_from_offset(rest, i + 1);
        (void)text_eat(&rest, TEXT(" ")); /* "shmem_thp: 0kB", up to 6.4 */
        if (!oom_eat_number(&rest, &token->value))
                return false;
        token->is_kilobytes = text_eat(&rest, TEXT("kB")) || text_eat(&rest, TEXT("KB"));
        if (!ends_token(rest))
                return false;
        *text = rest;
        return true;
}

/* "all_unreclaimable? yes" */
static bool eat_unreclaimable(struct text *text, int64_t *ret_value)
{
        struct text rest = *text;
        bool is_yes;

        if (!text_eat(&rest, TEXT("all_unreclaimable? ")))
                return false;
        is_yes = text_eat(&rest, TEXT("yes"));
        if ((!is_yes && !text_eat(&rest, TEXT("no"))) || !ends_token(rest))
                return false;
        *text = rest;
        *ret_value = is_yes;
        return true;
}

/* A figure without the unit that it should have is passed over: what it counts is not known. */
static void store(const struct token *token, bool is_pages, struct oom_line_counters *counters)
{
        enum oom_counter counter = oom_counter_find(token->name);
        int64_t value = token->value;

        if (counter != OOM_COUNTER_COUNT &&
            token->is_kilobytes == (!is_pages && counter != OOM_COUNTER_PAGES_SCANNED) &&
            (!token->is_kilobytes || !__builtin_mul_overflow(value, 1024, &value)))
                counters->values[counter] = value;
}

/* "inactive_an", "shmem_thp: ", "free:12k", "all_unreclaimable? n": what a cut left of the last token */
static bool is_cut_token(struct text text)
{
        size_t i = 0;

        if (text_starts(TEXT("all_unreclaimable? ye"), text) || text_equal(text, TEXT("all_unreclaimable? n")))
                return true;
        while (i < text.length && text.data[i] != ' ' && text.data[i] != '\n')
                i++;
        return i == text.length || (i + 1 == text.length && text.data[i - 1] == ':');
}

/* Up to the end of the line. 4.9.0 prints the figures of shmem_thp, shmem_pmdmapped, anon_thp and shmem of a node one name
 * too early (those of shmem_thp as shmem, and so on). Such a line looks like any other, so they are left as printed. The summary's shmem is right. */
static bool read_counters(struct text rest, bool is_pages, struct oom_line *line)
{
        struct oom_line_counters *counters = &line->counters;
        struct token token;

        counters->all_unreclaimable = OOM_UNKNOWN;
        oom_set_unknown(counters->values, OOM_COUNTER_COUNT);
        for (;;) {
                while (rest.length && (rest.data[0] == ' ' || rest.data[0] == '\n'))
                        rest = text_from_offset(rest, 1);
                if (rest.length == 0)
                        return true;
                if (eat_token(&rest, &token)) {
                        if (rest.length || token.is_kilobytes || oom_is_whole_at_end(line, token.value, is_pages))
                                store(&token, is_pages, counters);
                } else if (!eat_unreclaimable(&rest, &counters->all_unreclaimable)) {
                        return line->is_cut = oom_may_be_cut(line) && is_cut_token(rest);
                }
        }
}

bool oom_parse_counters(struct text text, struct oom_line *line)
{
        line->counters.node = OOM_UNKNOWN;
        line->counters.zone = (struct text){ 0 };
        return read_counters(text, true, line);
}

/* ---- nodes and zones ------------------------------------------------------------------------------------------------- */

/* "Node 0 "; without CONFIG_NUMA up to 4.x nothing. */
static bool eat_node(struct text *text, int64_t *ret_node)
{
        *ret_node = OOM_UNKNOWN;
        return !text_eat(text, TEXT("Node ")) || (oom_eat_number(text, ret_node) && text_eat(text, TEXT(" ")));
}

/* "DMA32" */
static bool eat_zone(struct text *text, struct text *ret_name)
{
        size_t i = 0;

        while (i < text->length && i <= OOM_ZONE_NAME_MAX &&
               ((text->data[i] >= 'A' && text->data[i] <= 'Z') || (text->data[i] >= 'a' && text->data[i] <= 'z') ||
                (text->data[i] >= '0' && text->data[i] <= '9')))
                i++;
        if (i == 0 || i > OOM_ZONE_NAME_MAX)
                return false;
        *ret_name = text_until_offset(*text, i);
        *text = text_from_offset(*text, i);
        return true;
}

bool oom_parse_node(struct text text, struct oom_line *line)
{
        line->counters.zone = (struct text){ 0 };
        return eat_node(&text, &line->counters.node) && text_starts(text, TEXT("active_anon:")) &&
               read_counters(text, false, line);
}

bool oom_parse_zone(struct text text, struct oom_line *line)
{
        return eat_node(&text, &line->counters.node) && eat_zone(&text, &line->counters.zone) &&
               text_starts(text, TEXT(" free:")) && read_counters(text, false, line);
}

/* "Node 0 DMA per-cpu:", "CPU    0: hi:    0, btch:   1 usd:   0", "cpu 0 hot: high 0, batch 1 used:0": up to 3.19 */
bool oom_parse_per_cpu(struct text text, struct oom_line *line)
{
        struct text zone;
        int64_t number;

        (void)line;
        if (text_eat(&text, TEXT("cpu ")))
                return oom_eat_number(&text, &number) &&
                       (text_starts(text, TEXT(" hot: high ")) || text_starts(text, TEXT(" cold: high ")));
        if (text_eat(&text, TEXT("CPU "))) {
                (void)text_eat_blanks(&text);
                return oom_eat_number(&text, &number) &&
                       (text_starts(text, TEXT(": hi:")) || text_starts(text, TEXT(": Hot: hi:")));
        }
        return eat_node(&text, &number) && eat_zone(&text, &zone) && text_equal(text, TEXT(" per-cpu:"));
}

bool oom_parse_lowmem_reserve(struct text text, struct oom_line *line)
{
        struct oom_line_lowmem_reserve *reserve = &line->lowmem_reserve;
        int64_t pages;

        reserve->count = 0;
        if (!text_eat(&text, TEXT("lowmem_reserve[]:")))
                return false;
        while (text_eat(&text, TEXT(" "))) {
                if (!oom_eat_number(&text, &pages))
                        return false;
                if (text.length == 0 && !oom_is_whole_at_end(line, pages, true)) {
                        line->is_cut = true;
                        break;
                }
                if (reserve->count < OOM_ZONE_KINDS_MAX)
                        reserve->pages[reserve->count++] = pages;
        }
        return text.length == 0;
}

/* "1*4kB (UM) " */
static bool eat_order(struct text *text, int64_t *ret_blocks, int64_t *ret_bytes)
{
        if (!oom_eat_number(text, ret_blocks) || !text_eat(text, TEXT("*")) || !eat_kilobytes(text, ret_bytes) ||
            !text_eat(text, TEXT(" ")))
                return false;
        if (!text_eat(text, TEXT("(")))
                return true;
        while (text->length && text->data[0] >= 'A' && text->data[0] <= 'Z')
                *text = text_from_offset(*text, 1);
        return text_eat(text, TEXT(") "));
}

/* "12*81", "= 17", "(U": what a cut left of the last order, or of the sum */
static bool is_cut_order(struct text text)
{
        (void)text_eat(&text, TEXT("= "));
        for (size_t i = 0; i < text.length; i++)
                if (!memchr("0123456789*k(UMEHCIR=", text.data[i], 21))
                        return false;
        return true;
}

/* "Node 0 DMA: 2*4kB (UM) 0*8kB ... = 1784kB". Not before it is whole: it is printed in pieces, and its end says so. Of a cut line
 * the orders that are there. */
bool oom_parse_buddy(struct text text, struct oom_line *line)
{
        struct oom_line_buddy *buddy = &line->buddy;
        int64_t blocks, size, expected = 0;

        buddy->n_orders = 0;
        buddy->page_size_bytes = buddy->bytes = OOM_UNKNOWN;
        if (!eat_node(&text, &buddy->node) || !eat_zone(&text, &buddy->zone) || !text_eat(&text, TEXT(": ")))
                return false;
        if (text_equal(text, TEXT("empty"))) /* 2.6.18 */
                return true;
        while (!text_eat(&text, TEXT("= "))) {
                if (oom_may_be_cut(line) && buddy->n_orders && is_cut_order(text))
                        return line->is_cut = true;
                if (buddy->n_orders == ORDERS_PRINTED_MAX || !eat_order(&text, &blocks, &size) || size == 0 ||
                    (buddy->n_orders && size != expected) || __builtin_mul_overflow(size, 2, &expected))
                        return false;
                if (buddy->n_orders == 0)
                        buddy->page_size_bytes = size;
                if (buddy->n_orders < OOM_ORDERS_MAX)
                        buddy->blocks[buddy->n_orders] = blocks;
                buddy->n_orders++;
        }
        if (!eat_kilobytes(&text, &buddy->bytes) && oom_may_be_cut(line) && is_cut_order(text))
                return line->is_cut = true;
        return buddy->bytes != OOM_UNKNOWN && text.length == 0;
}

static bool parse_hugepages(struct text text, struct oom_line *line)
{
        struct oom_hugepages *hugepages = &line->hugepages;

        return eat_node(&text, &hugepages->node) && text_eat(&text, TEXT("hugepages_total=")) &&
               oom_eat_number(&text, &hugepages->total) && text_eat(&text, TEXT(" hugepages_free=")) &&
               oom_eat_number(&text, &hugepages->free) && text_eat(&text, TEXT(" hugepages_surp=")) &&
               oom_eat_number(&text, &hugepages->surplus) && text_eat(&text, TEXT(" hugepages_size=")) &&
               eat_kilobytes(&text, &hugepages->size_bytes) && text.length == 0;
}

/* Numbers of huge pages say nothing without their size, at the line's end. */
bool oom_parse_hugepages(struct text text, struct oom_line *line)
{
        struct text rest = text;
        int64_t node;

        if (parse_hugepages(text, line))
                return true;
        line->hugepages = (struct oom_hugepages){ OOM_UNKNOWN, OOM_UNKNOWN, OOM_UNKNOWN, OOM_UNKNOWN, OOM_UNKNOWN };
        line->is_cut = oom_may_be_cut(line) && eat_node(&rest, &node) && text_eat(&rest, TEXT("hugepages_total="));
        return line->is_cut;
}

/* ---- totals ---------------------------------------------------------------------------------------------------------- */

bool oom_parse_pages(struct text text, struct oom_line *line)
{
        /* Rows of the tables of this file hold their words themselves: see counter.c. */
        static const struct {
                char words[30];
                uint8_t which;
        } totals[] = {
                { " pages RAM", OOM_TOTAL_RAM },
                { " pages of RAM", OOM_TOTAL_RAM }, /* 2.6, i386 and others */
                { " pages HighMem/MovableOnly", OOM_TOTAL_HIGHMEM },
                { " pages HighMem", OOM_TOTAL_HIGHMEM },
                { " pages of HIGHMEM", OOM_TOTAL_HIGHMEM },
                { " pages reserved", OOM_TOTAL_RESERVED },
                { " reserved pages", OOM_TOTAL_RESERVED },
                { " pages cma reserved", OOM_TOTAL_CMA_RESERVED },
                { " pages hwpoisoned", OOM_TOTAL_HWPOISONED },
                { " total pagecache pages", OOM_TOTAL_PAGECACHE },
                { " pages in swap cache", OOM_TOTAL_SWAPCACHE },
                { " pages swap cached", OOM_TOTAL_SWAPCACHE },
                { " pages shared", OOM_TOTAL_IGNORED },
                { " pages non-shared", OOM_TOTAL_IGNORED },
                { " pages in pagetable cache", OOM_TOTAL_IGNORED },
        };

        if (!oom_eat_number(&text, &line->total.value) || !text_starts(text, TEXT(" ")))
                return false;
        for (size_t i = 0; i < COUNT(totals); i++) {
                line->total.which = (enum oom_total)totals[i].which;
                if (text_equal(text, text_from(totals[i].words)))
                        return true;
        }
        return false;
}

/* "Free swap  = 0kB", "Total swap = 98300kB" */
bool oom_parse_swap(struct text text, struct oom_line *line)
{
        if (text_eat(&text, TEXT("Free swap  = ")))
                line->total.which = OOM_TOTAL_SWAP_FREE;
        else if (text_eat(&text, TEXT("Total swap = ")))
                line->total.which = OOM_TOTAL_SWAP_TOTAL;
        else
                return false;
        return eat_kilobytes(&text, &line->total.value) && text.length == 0;
}

/* ---- slab, allocations ----------------------------------------------------------------------------------------------- */

/* "   921600KB", off the end */
static bool eat_end_kilobytes(struct text *text, int64_t *ret_bytes)
{
        int64_t kilobytes;

        if (!text_eat_end(text, TEXT("KB")) || !text_eat_end_i64(text, false, &kilobytes) ||
            __builtin_mul_overflow(kilobytes, 1024, ret_bytes) || !text_ends(*text, TEXT(" ")))
                return false;
        while (text_eat_end(text, TEXT(" ")))
                ;
        return true;
}

/* "%-17s %10luKB %10luKB" */
bool oom_parse_slab_row(struct text text, struct oom_line *line)
{
        struct oom_line_slab *slab = &line->slab;

        if (!eat_end_kilobytes(&text, &slab->total_bytes) || !eat_end_kilobytes(&text, &slab->used_bytes) ||
            text.length == 0)
                return false;
        slab->name = text;
        return true;
}

/* string_get_size(): "411 MiB", "12.0 MiB", "512 B"; 6.10 at first a plain number. */
static bool eat_size(struct text *text, int64_t *ret_bytes)
{
        static const char units[][4] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
        int64_t whole, thousandths = 0, unit = 1, fraction;

        if (!oom_eat_number(text, &whole))
                return false;
        if (text_eat(text, TEXT(".")))
                for (int64_t scale = 100; text->length && text->data[0] >= '0' && text->data[0] <= '9'; scale /= 10) {
                        thousandths += scale * (text->data[0] - '0');
                        *text = text_from_offset(*text, 1);
                }
        for (size_t i = 0; i < COUNT(units); i++, unit *= 1024) {
                struct text rest = *text;

                if (!text_eat(&rest, TEXT(" ")) || !text_eat(&rest, text_from(units[i])) ||
                    !text_starts(rest, TEXT(" ")))
                        continue;
                *text = rest;
                fraction = thousandths * (unit / 1000) + thousandths * (unit % 1000) / 1000;
                return !__builtin_mul_overflow(whole, unit, ret_bytes) &&
                       !__builtin_add_overflow(*ret_bytes, fraction, ret_bytes);
        }
        *ret_bytes = whole;
        return thousandths == 0;
}

/* "%12s %8llu %s:%u [%s] func:%s": size, calls, where */
bool oom_parse_allocation(struct text text, struct oom_line *line)
{
        struct oom_line_allocation *allocation = &line->allocation;

        (void)text_eat_blanks(&text);
        if (!eat_size(&text, &allocation->bytes) || !text_starts(text, TEXT(" ")))
                return false;
        (void)text_eat_blanks(&text);
        if (!oom_eat_number(&text, &allocation->calls) || !text_eat(&text, TEXT(" ")))
                return false;
        allocation->where = text;
        return text_find(text, TEXT(" func:"), 0) > 0;
}
