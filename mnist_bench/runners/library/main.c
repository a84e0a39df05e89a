/* The library runner: executes a file with another program's engine, for the engine at the other end of its standard
 * input and output.
 *
 * mnist-bench-library-runner ENGINE LIBRARY [--threads N] [--core N] [--awake] [--engine-version TEXT]
 * mnist-bench-library-runner --version
 */
#include <stdio.h>
#include <string.h>

#include "loading.h"
#include "options.h"
#include "own_executor.h"
#include "platform.h"
#include "serve.h"

#define MOST_THREADS 64

struct options {
    const struct engine *engine;
    const char *library, *engine_version;
    int threads, core; /* core: or -1 */
    bool awake;
};

static bool take_engine(const char *name, struct options *options)
{
    const struct engine *const engines[] = {&engine_onnxruntime, &engine_litert};
    for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
        if (strcmp(engines[i]->name, name) == 0) {
            options->engine = engines[i];
        }
    }
    return options->engine != NULL || complain("There is no engine \"%s\".", name);
}

/* The option at words[*at], and what follows it if it takes something. */
static bool read_option(char **words, int *at, const char *value, struct options *options)
{
    const char *name = words[*at];
    if (strcmp(name, "--awake") == 0) {
        options->awake = true;
        return true;
    }
    ++*at;
    if (strcmp(name, "--core") == 0) {
        return take_core(value, &options->core);
    }
    if (strcmp(name, "--engine-version") == 0) {
        options->engine_version = value;
        return true;
    }
    if (strcmp(name, "--threads") == 0) {
        return read_number(value, 1, MOST_THREADS, &options->threads) ||
               complain("\"%s\" is not a number of threads.", value);
    }
    return complain("The option \"%s\" is unknown; there are --threads N, --core N, --awake, --engine-version TEXT.",
                    name);
}

static bool read_options(int count, char **words, struct options *options)
{
    if (count < 3) {
        return complain("The engine and its library are not named%s.", "");
    }
    options->library = words[2];
    for (int i = 3; i < count; i++) {
        if (!read_option(words, &i, i + 1 < count ? words[i + 1] : "", options)) {
            return false;
        }
    }
    return take_engine(words[1], options);
}

int main(int count, char **words)
{
    struct options options = {.threads = 1, .core = -1};
    struct executor executor;
    struct session session;
    if (count == 2 && strcmp(words[1], "--version") == 0) {
        puts("mnist-bench library " MNIST_BENCH_VERSION);
        return 0;
    }
    take_utf8_words(count, words);
    if (!read_options(count, words, &options)) {
        return STATUS_BAD_OPTION;
    }
    platform_keep_output();
    executor_start(&executor, options.engine, options.library, options.threads, options.engine_version);
    session_start(&session, &executor, options.core);
    const int status = serve(&session, options.awake);
    session_end(&session);
    return status;
}
