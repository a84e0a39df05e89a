/* The requests of one stream, in order: what is asked, and the answer. No input or output of its own. */
#ifndef MNIST_BENCH_SESSION_H
#define MNIST_BENCH_SESSION_H

#include "executor.h"
#include "message.h"

struct session {
    struct executor *executor;
    int core;   /* that the program is pinned to, or -1 */
    bool ended; /* by a close, or because nobody listens any more */
    bool peak_is_known;
    uint64_t peak_memory;
};

void session_start(struct session *session, struct executor *executor, int core);
void session_end(struct session *session);

/* Answer a request of any kind with any payload (aligned to four bytes; NULL where there was no memory for it).
 * `answer` is cleared and filled; returns the answer's kind. */
uint8_t session_answer(struct session *session, uint8_t kind, const unsigned char *payload, size_t size,
                       struct message *answer);

/* Fill `answer` with an error. */
void session_error(struct message *answer, const struct failure *failure);

#endif
