/* cli/search/file_view.h: some bytes of a regular file where the kernel has them, instead of in a copy: to be searched.
 *
 * Copying them takes longer than the search. But a log may be cut while it is mapped (logrotate's copytruncate), and a disk may fail: a
 * read would return less, or an error; touching the mapping is SIGBUS. Here that is caught: from the touched page on, the bytes are then
 * zeros, and file_view_close() says so. Whoever uses this reads the place by read(2) instead, which says what has happened.
 *
 * The bytes may change at any time, since whoever writes the log writes to these very pages. So what is read twice may differ:
 * nothing is parsed here, and what is found only says from where on to read. */

#pragma once

#include <stddef.h>
#include <stdint.h>

#define FILE_VIEW_PAGE ((size_t)4096)
/* At most. Mapping 33 pages or fewer is slow: the kernel then drops what the processor knows of the last ones page by page
 * (tlb_single_page_flush_ceiling), which costs more than to copy them. */
#define FILE_VIEW_BYTES ((size_t)512 * 1024 + FILE_VIEW_PAGE)

struct file_view;

/* For the thread that calls it, and no other. Sets the process' handler of SIGBUS, and lets the thread get the signal. Returns NULL if
 * there is no memory. */
struct file_view *file_view_new(void);
/* Accepts NULL. Returns NULL. */
struct file_view *file_view_free(struct file_view *view);

/* Maps length bytes, at most FILE_VIEW_BYTES, of fd, a regular file, at offset, a multiple of FILE_VIEW_PAGE. Returns them, borrowed until
 * the next call for this view, to be used before file_view_close(); or NULL where the file can't be mapped. */
const char *file_view_open(struct file_view *view, int fd, uint64_t offset, size_t length);
/* Returns 0, or -EIO: some of what was looked at since file_view_open() were zeros instead of the file's bytes. */
int file_view_close(struct file_view *view) __attribute__((warn_unused_result));
/* Lets go of the file. */
void file_view_release(struct file_view *view);
