/* What computes, behind the session: each runner defines these for itself (executor.c in native/ and in library/). */
#ifndef MNIST_BENCH_EXECUTOR_H
#define MNIST_BENCH_EXECUTOR_H

#include "failure.h"
#include "hello.h"
#include "message.h"

struct executor;

/* The kind of request that loads a network: KIND_LOAD or KIND_LOAD_FILE. */
extern const uint8_t executor_load_kind;

/* The kind of request that traces: KIND_TRACE or KIND_TRACE_FILE. */
extern const uint8_t executor_trace_kind;

/* Say who this is; false where it cannot run here (ERROR_UNAVAILABLE). */
bool executor_describe(const struct executor *executor, struct description *description, struct failure *failure);

/* Make the network in a payload (aligned to four bytes) ready, in place of the one before. */
bool executor_load(struct executor *executor, const unsigned char *payload, size_t size, uint64_t *network_bytes,
                   struct failure *failure);

void executor_unload(struct executor *executor);

bool executor_is_loaded(const struct executor *executor);

/* Whether a device may take longer than ABANDONED_NS to load a payload of `size` bytes, or for one image. */
bool executor_loads_slowly(size_t size);
bool executor_runs_slowly(const struct executor *executor);

/* How many images a block of the loaded network has; 1: it runs images one by one. */
uint32_t executor_block_images(const struct executor *executor);

/* One image, or a block, of IMAGE_PIXELS bytes each to CLASSES logits each: all that counts as compute, and nothing
 * else. */
bool executor_run(struct executor *executor, const unsigned char *pixels, uint32_t images, float *logits,
                  struct failure *failure);

/* Put the answer to a trace into `answer`. To a KIND_TRACE the session has looked at the payload, and a network is
 * loaded. */
bool executor_trace(struct executor *executor, const unsigned char *payload, size_t size, struct message *answer,
                    struct failure *failure);

/* Multiply-adds that the core makes in a second at most, in the precision of what is loaded; 0 where nobody knows. */
uint64_t executor_peak(const struct executor *executor);

#endif
