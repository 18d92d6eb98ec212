/* lib/oom/rows.c: rows as bits. A value is written as its distance from what is to be expected there (mostly the row before), in one
 * of three lengths by its column; a prefix of up to three bits says in which. Each chunk is read by itself. */

#include "oom/rows.h"

#include <endian.h>
#include <stdlib.h>

#define LENGTHS    3 /* "0", "10" and "110"; "111" is before a value as it is */
#define PLAIN_BITS 49
/* In place of a plain value: unknown. OOM_TASK_VALUE_MAX is less. */
#define PLAIN_UNKNOWN ((UINT64_C(1) << PLAIN_BITS) - 1)
#define NAME_UNKNOWN  (OOM_COMM_MAX + 1)
#define NAME_BITS     5
#define CHUNK_BITS    (OOM_ROWS_CHUNK_BYTES * (size_t)8)
/* and the word that is written and read at its end */
#define ROW_BITS_MAX (1 + OOM_COLUMN_COUNT * (LENGTHS + PLAIN_BITS) + NAME_BITS + 8 * OOM_COMM_MAX + 64)

enum expected {
        EXPECTED_NOTHING,  /* the value itself, which isn't negative */
        EXPECTED_SAME,     /* as in the row before */
        EXPECTED_NEXT,     /* one more than that */
        EXPECTED_PID,      /* as the pid */
        EXPECTED_OF_RSS,   /* a page of page tables for 512 pages */
        EXPECTED_IN_PAGES, /* the same in bytes */
};

/* The lengths, in bits, are those of real tables. */
static const struct {
        uint8_t expected;
        uint8_t bits[LENGTHS];
} codes[OOM_COLUMN_COUNT] = {
        [OOM_COLUMN_PID] = { EXPECTED_NEXT, { 0, 6, 12 } },
        [OOM_COLUMN_UID] = { EXPECTED_SAME, { 0, 7, 17 } },
        [OOM_COLUMN_TGID] = { EXPECTED_PID, { 0, 12, 32 } },
        [OOM_COLUMN_TOTAL_VM] = { EXPECTED_NOTHING, { 16, 20, 28 } },
        [OOM_COLUMN_RSS] = { EXPECTED_NOTHING, { 13, 18, 28 } },
        [OOM_COLUMN_RSS_ANON] = { EXPECTED_NOTHING, { 10, 14, 20 } },
        [OOM_COLUMN_RSS_FILE] = { EXPECTED_NOTHING, { 10, 14, 20 } },
        [OOM_COLUMN_RSS_SHMEM] = { EXPECTED_NOTHING, { 0, 10, 20 } },
        [OOM_COLUMN_NR_PTES] = { EXPECTED_OF_RSS, { 6, 10, 20 } },
        [OOM_COLUMN_NR_PMDS] = { EXPECTED_NOTHING, { 3, 6, 12 } },
        [OOM_COLUMN_PGTABLES_BYTES] = { EXPECTED_IN_PAGES, { 6, 10, 20 } },
        [OOM_COLUMN_SWAPENTS] = { EXPECTED_NOTHING, { 0, 10, 18 } },
        [OOM_COLUMN_OOM_ADJ] = { EXPECTED_SAME, { 0, 7, 7 } },
        [OOM_COLUMN_OOM_SCORE_ADJ] = { EXPECTED_SAME, { 0, 12, 12 } },
};

/* ---- bits ------------------------------------------------------------------------------------------------------------ */

/* Writes to the end of a chunk: whole words without a branch, so that a row costs little. */
struct writer {
        uint8_t *at;
        uint64_t held; /* its lowest n_held bits are not complete bytes yet */
        unsigned n_held;
};

/* n_bits is at most PUT_BITS_MAX; value has no more. */
#define PUT_BITS_MAX 56
static inline void put(struct writer *writer, uint64_t value, unsigned n_bits)
{
        uint64_t word;

        writer->held |= value << writer->n_held;
        word = htole64(writer->held);
        memcpy(writer->at, &word, sizeof(word));
        writer->n_held += n_bits;
        writer->at += writer->n_held / 8;
        writer->held >>= writer->n_held & ~7U;
        writer->n_held &= 7;
}

static inline uint64_t get(const uint8_t *chunk, size_t *bit, unsigned n_bits)
{
        uint64_t word;

        memcpy(&word, chunk + *bit / 8, sizeof(word));
        word = le64toh(word) >> *bit % 8;
        *bit += n_bits;
        return word & ((UINT64_C(1) << n_bits) - 1);
}

/* Of a signed number: small ones of either sign are small. */
static uint64_t fold(int64_t value)
{
        return (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
}

static int64_t unfold(uint64_t value)
{
        return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

/* ---- a value --------------------------------------------------------------------------------------------------------- */

/* What a column's value is to be: previous is that of the row before, values are the row's own, so far. */
static inline int64_t expect(enum oom_column column, int64_t previous, const int64_t *values)
{
        switch ((enum expected)codes[column].expected) {
        case EXPECTED_SAME:
                return oom_known_or_0(previous);
        case EXPECTED_NEXT:
                return previous + 1;
        case EXPECTED_PID:
                return values[OOM_COLUMN_PID];
        case EXPECTED_OF_RSS:
        case EXPECTED_IN_PAGES:
                return oom_known_or_0(values[OOM_COLUMN_RSS]) / 512;
        default:
                return 0;
        }
}

/* False: it is to be written as it is. */
static inline bool code_of(enum oom_column column, int64_t previous, const int64_t *values, uint64_t *ret_code)
{
        int64_t value = values[column];

        if (value == OOM_UNKNOWN)
                return false;
        if (codes[column].expected == EXPECTED_NOTHING) {
                *ret_code = (uint64_t)value;
                return true;
        }
        if (codes[column].expected == EXPECTED_IN_PAGES) {
                if (value % 4096)
                        return false;
                value /= 4096;
        }
        *ret_code = fold(value - expect(column, previous, values));
        return true;
}

static inline void put_value(struct writer *writer, enum oom_column column, int64_t previous, const int64_t *values)
{
        uint64_t code;

        if (code_of(column, previous, values, &code))
                for (unsigned i = 0; i < LENGTHS; i++) {
                        unsigned n_bits = codes[column].bits[i];

                        if (code >> n_bits)
                                continue;
                        put(writer, code << (i + 1) | ((1U << i) - 1), i + 1 + n_bits);
                        return;
                }
        put(writer, (1U << LENGTHS) - 1, LENGTHS);
        put(writer, values[column] == OOM_UNKNOWN ? PLAIN_UNKNOWN : (uint64_t)values[column], PLAIN_BITS);
}

/* values[column] is that of the row before. */
static inline int64_t get_value(const uint8_t *chunk, size_t *bit, enum oom_column column, const int64_t *values)
{
        unsigned i = 0;
        uint64_t code;

        while (i < LENGTHS && get(chunk, bit, 1))
                i++;
        if (i == LENGTHS) {
                code = get(chunk, bit, PLAIN_BITS);
                return code == PLAIN_UNKNOWN ? OOM_UNKNOWN : (int64_t)code;
        }
        code = get(chunk, bit, codes[column].bits[i]);
        if (codes[column].expected == EXPECTED_NOTHING)
                return (int64_t)code;
        if (codes[column].expected == EXPECTED_IN_PAGES)
                return 4096 * (unfold(code) + expect(column, values[column], values));
        return unfold(code) + expect(column, values[column], values);
}

/* ---- rows ------------------------------------------------------------------------------------------------------------ */

void oom_rows_clear(struct oom_rows *rows)
{
        for (; rows->n_allocated; rows->n_allocated--)
                free(rows->chunks[rows->n_allocated]);
        rows->is_cut = false;
        rows->count = 0;
        rows->n_chunks = 0;
}

static unsigned select_columns(const struct oom_layout *layout)
{
        static const struct oom_layout unknown = {
                .count = 6,
                .columns = { OOM_COLUMN_PID, OOM_COLUMN_UID, OOM_COLUMN_TGID, OOM_COLUMN_TOTAL_VM, OOM_COLUMN_RSS,
                             OOM_COLUMN_OOM_SCORE_ADJ },
        };
        unsigned columns = 0;

        if (layout->count == 0)
                layout = &unknown;
        for (size_t i = 0; i < layout->count; i++)
                columns |= 1U << layout->columns[i];
        return columns & ~(1U << OOM_COLUMN_UNKNOWN | 1U << OOM_COLUMN_CPU);
}

void oom_rows_begin(struct oom_rows *rows, const struct oom_layout *layout)
{
        oom_rows_clear(rows);
        rows->wide_columns = rows->narrow_columns = select_columns(layout);
        rows->narrow_columns &= ~(1U << OOM_COLUMN_RSS_ANON | 1U << OOM_COLUMN_RSS_FILE | 1U << OOM_COLUMN_RSS_SHMEM);
        if (rows->wide_columns & (1U << OOM_COLUMN_NR_PTES | 1U << OOM_COLUMN_PGTABLES_BYTES))
                rows->narrow_columns &= ~(1U << OOM_COLUMN_TOTAL_VM);
        rows->chunks[0] = rows->first;
        rows->n_bits = CHUNK_BITS; /* the first row begins a chunk */
        rows->found_in = 0;
}

static bool begin_chunk(struct oom_rows *rows)
{
        size_t next = rows->n_chunks;

        if (next == OOM_ROWS_CHUNKS_MAX)
                return false;
        if (next > 0) {
                rows->chunks[next] = malloc(OOM_ROWS_CHUNK_BYTES);
                if (!rows->chunks[next])
                        return false;
                rows->n_allocated = next;
        }
        rows->first_index[next] = rows->count;
        rows->n_chunks++;
        rows->n_bits = 0;
        memset(rows->previous, 0, sizeof(rows->previous));
        return true;
}

static bool is_wide(size_t chunk)
{
        return chunk == 0;
}

static unsigned columns_of(const struct oom_rows *rows, size_t chunk)
{
        return is_wide(chunk) ? rows->wide_columns : rows->narrow_columns;
}

static void put_name(struct writer *writer, struct text name)
{
        size_t length = !name.data ? 0 : name.length < OOM_COMM_MAX ? name.length : OOM_COMM_MAX;

        put(writer, name.data ? length : NAME_UNKNOWN, NAME_BITS);
        for (size_t i = 0; i < length; i++)
                put(writer, (uint8_t)name.data[i], 8);
}

void oom_rows_add(struct oom_rows *rows, const int64_t *values, struct text name, bool is_victim_already)
{
        struct writer writer;
        unsigned columns;
        uint8_t *chunk;

        if (rows->is_cut || (rows->n_bits > CHUNK_BITS - ROW_BITS_MAX && !begin_chunk(rows))) {
                rows->is_cut = true;
                return;
        }
        columns = columns_of(rows, rows->n_chunks - 1);
        chunk = rows->chunks[rows->n_chunks - 1];
        writer = (struct writer){ .at = chunk + rows->n_bits / 8, .n_held = rows->n_bits % 8 };
        if (writer.n_held)
                writer.held = *writer.at;
        put(&writer, is_victim_already, 1);
#pragma GCC unroll 16 /* so that what the table says of a column is known when this is compiled */
        for (unsigned column = 0; column < OOM_COLUMN_UNKNOWN; column++)
                if (columns >> column & 1) {
                        put_value(&writer, column, rows->previous[column], values);
                        rows->previous[column] = values[column];
                }
        if (is_wide(rows->n_chunks - 1))
                put_name(&writer, name);
        rows->n_bits = (size_t)(writer.at - chunk) * 8 + writer.n_held;
        rows->count++;
}

static void read_chunk(struct oom_rows_reader *reader, size_t chunk)
{
        reader->chunk = chunk;
        reader->bit = 0;
        if (chunk < reader->rows->n_chunks)
                reader->task.index = reader->rows->first_index[chunk];
}

/* The index of the row after the last of a chunk. */
static uint64_t end_of(const struct oom_rows *rows, size_t chunk)
{
        return chunk + 1 < rows->n_chunks ? rows->first_index[chunk + 1] : rows->count;
}

static void get_name(const uint8_t *chunk, size_t *bit, struct oom_name *ret_name)
{
        size_t length = (size_t)get(chunk, bit, NAME_BITS);

        *ret_name = (struct oom_name){ .is_known = length != NAME_UNKNOWN };
        if (!ret_name->is_known)
                return;
        ret_name->length = (uint8_t)length;
        for (size_t i = 0; i < length; i++)
                ret_name->data[i] = (char)get(chunk, bit, 8);
}

static void next_in_chunk(struct oom_rows_reader *reader)
{
        const unsigned columns = columns_of(reader->rows, reader->chunk);
        const uint8_t *chunk = reader->rows->chunks[reader->chunk];
        struct oom_task *task = &reader->task;

        if (reader->bit == 0) {
                for (unsigned column = 0; column < OOM_COLUMN_COUNT; column++)
                        task->values[column] = columns >> column & 1 ? 0 : OOM_UNKNOWN;
                task->comm = (struct oom_name){ 0 };
        } else {
                task->index++;
        }
        task->is_victim_already = get(chunk, &reader->bit, 1);
#pragma GCC unroll 16
        for (unsigned column = 0; column < OOM_COLUMN_UNKNOWN; column++)
                if (columns >> column & 1)
                        task->values[column] = get_value(chunk, &reader->bit, column, task->values);
        if (is_wide(reader->chunk))
                get_name(chunk, &reader->bit, &task->comm);
}

void oom_rows_read(struct oom_rows_reader *reader, const struct oom_rows *rows)
{
        reader->rows = rows;
        read_chunk(reader, 0);
}

bool oom_rows_next(struct oom_rows_reader *reader)
{
        if (reader->chunk < reader->rows->n_chunks && reader->bit > 0 &&
            reader->task.index + 1 == end_of(reader->rows, reader->chunk))
                read_chunk(reader, reader->chunk + 1);
        if (reader->chunk >= reader->rows->n_chunks)
                return false;
        next_in_chunk(reader);
        return true;
}

bool oom_rows_find(struct oom_rows *rows, int64_t pid, struct oom_task *ret_task)
{
        struct oom_rows_reader reader = { .rows = rows };
        struct oom_task thread;
        bool has_thread = false;

        for (size_t i = 0; i < rows->n_chunks; i++) {
                size_t chunk = (rows->found_in + i) % rows->n_chunks;

                for (read_chunk(&reader, chunk); reader.bit == 0 || reader.task.index + 1 < end_of(rows, chunk);) {
                        next_in_chunk(&reader);
                        if (reader.task.values[OOM_COLUMN_PID] == pid) {
                                rows->found_in = chunk;
                                *ret_task = reader.task;
                                return true;
                        }
                        if (!has_thread && reader.task.values[OOM_COLUMN_TGID] == pid) {
                                thread = reader.task;
                                has_thread = true;
                        }
                }
        }
        if (has_thread)
                *ret_task = thread;
        return has_thread;
}
