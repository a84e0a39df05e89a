/* How pixels become a file's input, and its output logits. */
#ifndef MNIST_BENCH_EXCHANGE_H
#define MNIST_BENCH_EXCHANGE_H

#include <stddef.h>

#include "failure.h"

#define MOST_AXES 8

/* What a `load_file` asks for (docs/protocol.md). */
struct file_request {
    const char *format; /* not ended by a zero */
    size_t format_size;
    uint16_t channels, placement, order, output;
    float scale, offset;
    const unsigned char *file; /* at any address */
    size_t file_size;
};

enum element { ELEMENT_OTHER, ELEMENT_FLOAT, ELEMENT_INT8, ELEMENT_UINT8 };

/* An input or an output of a file, as the engine describes it. */
struct tensor {
    enum element element;
    bool is_quantized; /* with the scale and the zero point below */
    float scale;
    int64_t zero_point;
    size_t axes;
    int64_t shape[MOST_AXES]; /* below 1 where it is free, until it is settled */
};

struct exchange {
    struct file_request request; /* its file is not looked at any more */
    struct tensor input, output;
    void (*put)(const struct exchange *exchange, const unsigned char *pixels, void *input);
    unsigned char bytes[256]; /* an input of bytes: what each pixel becomes */
    unsigned char flip;       /* or what it is XORed with, where that suffices */
};

bool read_file_request(const unsigned char *payload, size_t size, struct file_request *request,
                       struct failure *failure);

/* Check that the request fits what the engine says of input and output, fill in their free axes and choose how pixels
 * are put. */
bool settle(struct exchange *exchange, struct failure *failure);

/* Bytes of a settled tensor. */
size_t tensor_bytes(const struct tensor *tensor);

/* CLASSES logits from an output. */
void take_logits(const struct exchange *exchange, const void *output, float *logits);

#endif
