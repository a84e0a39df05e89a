/* Bytes from the stream, taken from front to back: every length is looked at before it is used, nothing is copied. */
#ifndef MNIST_BENCH_READER_H
#define MNIST_BENCH_READER_H

#include <stddef.h>
#include <stdint.h>

#include "failure.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "Numbers are read as they travel: this needs a little-endian processor."
#endif

struct reader {
    const unsigned char *at; /* aligned to four bytes, as all that travels in a network is */
    size_t left;
};

/* The next `size` bytes, or NULL where there are not so many. */
static inline const void *take(struct reader *reader, uint64_t size)
{
    if (size > reader->left) {
        return NULL;
    }
    const void *here = reader->at;
    reader->at += size;
    reader->left -= (size_t)size;
    return here;
}

static inline bool too_short(struct failure *failure)
{
    return refuse(failure, ERROR_BAD_NETWORK, "An operator's record is shorter than its sizes say.");
}

#endif
