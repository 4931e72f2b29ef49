/* err.h -- the last error of this thread, one line for the person at the keyboard: what, where, what would be right. */
#ifndef ERR_H
#define ERR_H

/* Sets the error of this thread. Always returns -1, so that a function fails with `return err_set(...)`. */
int err_set(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Puts "prefix: " before the error that is set (a file's name before a reader's complaint). Returns -1. */
int err_prefix(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The last error of this thread, never NULL; "" when there was none. Valid until the next err_ call of the thread. */
const char *err_last(void);

void err_clear(void);

#endif
