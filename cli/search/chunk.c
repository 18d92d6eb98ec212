#include "search/chunk.h"

#include <errno.h>
#include <unistd.h>

#include "search/date_lines.h"

/* What is searched again of the block before is at the end of what a stream keeps. */
#define OVERLAP_BYTES 64
_Static_assert(OVERLAP_BYTES >= LOG_SEARCH_OVERLAP && OVERLAP_BYTES <= SCAN_KEPT_BYTES,
               "words that were cut are found");

static bool read_whole(int fd, char *buffer, size_t length, uint64_t offset)
{
        ssize_t got;

        do
                got = pread(fd, buffer, length, (off_t)offset);
        while (got < 0 && errno == EINTR);
        return got >= 0 && (size_t)got == length;
}

static uint64_t count_newlines(struct text text)
{
        uint64_t count = 0;

        for (size_t i = 0; i < text.length; i++)
                count += text.data[i] == '\n';
        return count;
}

/* False: there are too many. */
static bool take_samples(struct text block, char date[static SCAN_DATE_LENGTH], struct scan_survey *survey)
{
        size_t from = 0;
        struct text line;

        while (scan_sample_next(block, 0, SCAN_SAMPLE_BYTES, &from, date, &line)) {
                size_t used = survey->samples_length + survey->last_samples_length;

                if (line.length + 1 > sizeof(survey->samples) - used)
                        return false;
                memcpy(survey->samples + used, line.data, line.length);
                survey->samples[used + line.length] = '\n';
                survey->last_samples_length += line.length + 1;
        }
        return true;
}

void scan_survey(int fd, uint64_t offset, enum log_search_form form, char *buffer, struct scan_survey *ret_survey)
{
        struct scan_survey *survey = ret_survey;
        const uint64_t end = offset + SCAN_PIECE_BYTES;
        char *overlap = buffer + SCAN_KEPT_BYTES - OVERLAP_BYTES;
        char date[SCAN_DATE_LENGTH] = "";

        survey->is_clean = false;
        survey->newlines = survey->last_newlines = 0;
        survey->samples_length = survey->last_samples_length = 0;
        if (!read_whole(fd, overlap, OVERLAP_BYTES, offset - OVERLAP_BYTES))
                return;
        for (; offset < end; offset += SCAN_BLOCK_BYTES) {
                struct text block = { buffer + SCAN_KEPT_BYTES, SCAN_BLOCK_BYTES };
                struct text searched = { overlap, OVERLAP_BYTES + SCAN_BLOCK_BYTES };
                uint64_t newlines = 0;

                if (!read_whole(fd, buffer + SCAN_KEPT_BYTES, SCAN_BLOCK_BYTES, offset) ||
                    log_search_counting(searched, 0, form, &newlines) < searched.length)
                        return;
                survey->newlines += survey->last_newlines;
                survey->last_newlines = newlines - count_newlines(text_until_offset(searched, OVERLAP_BYTES));
                survey->samples_length += survey->last_samples_length;
                survey->last_samples_length = 0;
                if (!take_samples(block, date, survey))
                        return;
                memcpy(overlap, block.data + SCAN_BLOCK_BYTES - OVERLAP_BYTES, OVERLAP_BYTES);
        }
        survey->is_clean = true;
}
