/* An engine, and the file that is loaded into it. */
#ifndef MNIST_BENCH_OWN_EXECUTOR_H
#define MNIST_BENCH_OWN_EXECUTOR_H

#include "engine.h"
#include "executor.h"

struct executor {
    const struct engine *engine;
    int threads;
    const char *version;     /* of the library, as whoever started this knows it; or NULL */
    void *own;               /* the engine's; NULL where it cannot run here */
    struct failure why;      /* then: why not */
    bool is_loaded, is_slow; /* slow: one image may take long */
    struct exchange exchange;
};

/* Open the engine's library. Where that fails, `hello` and `load_file` are refused with the reason. */
void executor_start(struct executor *executor, const struct engine *engine, const char *library_path, int threads,
                    const char *version);

#endif
