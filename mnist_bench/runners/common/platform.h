/* What differs between operating systems: all system calls of the runner are behind these functions. */
#ifndef MNIST_BENCH_PLATFORM_H
#define MNIST_BENCH_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Standard input and output carry bytes as they are; an engine that goes away or a Ctrl+C does not end the runner, the
 * end of its input does. */
void platform_start(void);

/* Answers go to a copy of standard output, and what libraries print there to standard error. */
void platform_keep_output(void);

/* Up to `size` bytes of standard input, at least one; 0 at its end or where it cannot be read. */
size_t platform_read(void *to, size_t size);

/* Wait for input without letting the core sleep, `ns` at most, or not at all where the system cannot tell. */
void platform_await_input(uint64_t ns);

/* All of `size` bytes to standard output, or its copy; false where nobody takes them. */
bool platform_write(const void *from, size_t size);

/* Whether the other end of standard input is closed, without waiting; false where the system cannot tell. */
bool platform_input_ended(void);

/* While it is watched: end this process ABANDONED_NS after its input has ended, whatever it computes then. Nothing where
 * the system cannot tell. */
void platform_watch_input(bool watched);

/* A clock that never goes back, in ns. */
uint64_t platform_now_ns(void);

/* The largest resident set of this process so far; 0 where the system cannot tell. */
uint64_t platform_peak_memory(void);

/* Processors that this computer has, or 1 where it cannot tell. */
unsigned platform_cores(void);

/* Run on one core alone; false where it cannot be had. */
bool platform_pin(unsigned core);

/* A core's frequencies in MHz; 0 where the system does not tell. */
void platform_frequencies(unsigned core, unsigned *max_mhz, unsigned *now_mhz);

/* Zeroed memory, which the system provides page by page as it is written; NULL where there is not enough. */
void *platform_take_memory(size_t size);
void platform_give_memory_back(void *memory, size_t size);

/* What the second-level cache of the core that this runs on holds; 0 where the system does not tell. */
uint64_t platform_cache_bytes(void);

#endif
