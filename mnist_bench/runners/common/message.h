/* An answer while it is written: a header's place, then the payload. */
#ifndef MNIST_BENCH_MESSAGE_H
#define MNIST_BENCH_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tables.h"

struct message {
    unsigned char *data; /* the frame: FRAME_HEADER bytes, then the payload */
    size_t size, capacity;
    bool failed; /* no memory, or longer than an answer may be: then what is put in is lost */
};

/* Room for `size` bytes more, to be written to; NULL (and `failed`) where there is none. Valid until the next call. */
void *message_room(struct message *message, size_t size);

void message_bytes(struct message *message, const void *bytes, size_t size);
void message_u16(struct message *message, uint16_t value);
void message_u32(struct message *message, uint32_t value);
void message_u64(struct message *message, uint64_t value);
void message_text(struct message *message, const char *text);

/* An empty payload, for which there is always memory; false where there is not. */
bool message_start(struct message *message);

/* An empty payload once more; memory that only a long answer needed is given back. */
void message_clear(struct message *message);

void message_free(struct message *message);

#endif
