/* An engine of another program: what the runner needs of its C library. */
#ifndef MNIST_BENCH_ENGINE_H
#define MNIST_BENCH_ENGINE_H

#include "dynamic.h"
#include "exchange.h"
#include "message.h"

/* `own` is what an engine keeps between calls, from `open` to the end of the program. */
struct engine {
    const char *name;     /* on the command line, and of the fact that tells its version */
    const char *title;    /* as people write it */
    const char *program;  /* as `hello` tells it */
    const char *format;   /* of the files that it reads */
    const char *variable; /* of the environment, which is set to 1 before the library is opened; or NULL */

    /* Start with an open library; NULL where it is not this engine's, or refuses. */
    void *(*open)(const struct library *library, int threads, struct failure *failure);

    /* The version that the library tells of itself; NULL where it does not. */
    const char *(*version)(const void *own);

    /* Make a file ready, with input and output as `exchange` settles them. */
    bool (*load)(void *own, const unsigned char *file, size_t size, struct exchange *exchange,
                 struct failure *failure);

    /* Release what `load` has made, also where it failed half-way or was never called. */
    void (*unload)(void *own);

    bool (*run)(void *own, const struct exchange *exchange, const unsigned char *pixels, float *logits,
                struct failure *failure);

    /* Put the answer to a `trace_file` of the file in the exchange's request into `answer`; what is loaded stays. */
    bool (*trace)(void *own, struct exchange *exchange, const unsigned char *pixels, bool is_timed,
                  struct message *answer, struct failure *failure);
};

extern const struct engine engine_onnxruntime, engine_litert;

/* Check that an output of a traced file has numbers and axes that are told. */
bool check_output(const struct tensor *tensor, struct failure *failure);

/* Put an output of a traced file into an answer, its `data` as they are; false where `check_output` is, or where an
 * answer cannot hold them. */
bool put_output(struct message *answer, const struct tensor *tensor, const void *data, struct failure *failure);

/* Whether another run of a traced file is to follow the `runs` since `start`. */
bool traces_on(bool is_timed, int runs, uint64_t start);

/* Note a failure with the library's own words behind `sentence`: their first line, printable and not too long. */
bool refuse_with_words(struct failure *failure, enum error_code code, const char *sentence, const char *words);

#endif
