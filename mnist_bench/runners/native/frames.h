/* Frames on standard input and output (docs/protocol.md, "Frames"). */
#ifndef MNIST_BENCH_FRAMES_H
#define MNIST_BENCH_FRAMES_H

#include "failure.h"
#include "message.h"

#define KIND_ERROR 255
#define KIND_ANSWER 128 /* an answer's kind is the request's and this */

struct request {
    uint8_t kind;
    uint32_t number;
    uint32_t size;          /* of the payload */
    unsigned char *payload; /* aligned as malloc aligns; NULL where there is no memory for it */
};

enum received { RECEIVED_REQUEST, RECEIVED_END, RECEIVED_NOISE };

/* What a header says; false and `failure` where it is none. */
bool frame_header(const unsigned char header[FRAME_HEADER], struct request *request, struct failure *failure);

/* The next request; it is to be released. A stream that is not made of frames is noise, told in `failure`. */
enum received frame_receive(struct request *request, struct failure *failure);
void frame_release(struct request *request);

/* Send an answer; false where nobody takes it. */
bool frame_send(struct message *answer, uint8_t kind, uint32_t number);

#endif
