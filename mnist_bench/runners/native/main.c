/* The native runner: executes a network for the engine at the other end of its standard input and output.
 *
 * mnist-bench-runner [--core N] [--kernels NAME] [--awake] [--self-test] [--version]
 */
#include <stdio.h>
#include <string.h>

#include "choice.h"
#include "options.h"
#include "own_executor.h"
#include "selftest.h"
#include "serve.h"

struct options {
    const struct kernels *kernels;
    int core; /* or -1 */
    bool awake, self_test, version;
};

static bool take_kernels(const char *name, struct options *options)
{
    options->kernels = kernels_by_name(name);
    return options->kernels != NULL || complain("This processor cannot run the kernels \"%s\".", name);
}

static bool read_options(int count, char **words, struct options *options)
{
    for (int i = 1; i < count; i++) {
        const char *value = i + 1 < count ? words[i + 1] : "";
        if (strcmp(words[i], "--core") == 0) {
            i++;
            if (!take_core(value, &options->core)) {
                return false;
            }
        } else if (strcmp(words[i], "--kernels") == 0) {
            i++;
            if (!take_kernels(value, options)) {
                return false;
            }
        } else if (strcmp(words[i], "--awake") == 0) {
            options->awake = true;
        } else if (strcmp(words[i], "--self-test") == 0) {
            options->self_test = true;
        } else if (strcmp(words[i], "--version") == 0) {
            options->version = true;
        } else {
            return complain("The option \"%s\" is unknown; there are --core N, --kernels NAME, --awake, --self-test, "
                            "--version.",
                            words[i]);
        }
    }
    return true;
}

int main(int count, char **words)
{
    struct options options = {.kernels = best_kernels(), .core = -1};
    struct executor executor;
    struct session session;
    if (!read_options(count, words, &options)) {
        return STATUS_BAD_OPTION;
    }
    if (options.version) {
        puts("mnist-bench native " MNIST_BENCH_VERSION);
        return 0;
    }
    if (options.self_test) {
        return self_test() ? 0 : 1;
    }
    executor_start(&executor, options.kernels);
    session_start(&session, &executor, options.core);
    const int status = serve(&session, options.awake);
    session_end(&session);
    return status;
}
