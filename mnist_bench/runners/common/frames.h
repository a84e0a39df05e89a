/* Frames on standard input and output (docs/protocol.md, "Frames"). */
#ifndef MNIST_BENCH_FRAMES_H
#define MNIST_BENCH_FRAMES_H

#include "failure.h"
#include "message.h"

struct request {
    uint8_t kind;
    uint32_t number;
    uint32_t size;          /* of the payload */
    unsigned char *payload; /* aligned to four bytes; NULL where there is no memory for it */
    unsigned char *memory;  /* what was allocated for this payload or a longer one before it, and its size */
    size_t room;
};

enum received { RECEIVED_REQUEST, RECEIVED_END, RECEIVED_NOISE };

/* The next request into `request`, which is all zero at first. A stream that is not made of frames is noise, told in
 * `failure`. Once it is answered its payload is let go, but the memory of a small one is kept for the next. */
enum received frame_receive(struct request *request, struct failure *failure);
void frame_let_go(struct request *request);
void frame_free(struct request *request);

/* Send an answer; false where nobody takes it. */
bool frame_send(struct message *answer, uint8_t kind, uint32_t number);

#endif
