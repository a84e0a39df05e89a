/* The native runner: executes a network for the engine at the other end of its standard input and output.
 *
 * mnist-bench-runner [--core N] [--kernels NAME] [--awake] [--self-test] [--version]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choice.h"
#include "frames.h"
#include "platform.h"
#include "selftest.h"
#include "session.h"

#define STATUS_NO_MEMORY 1
#define STATUS_BAD_OPTION 2
#define STATUS_BAD_FRAMING 2

struct options {
    const struct kernels *kernels;
    int core; /* or -1 */
    bool awake, self_test, version;
};

static bool complain(const char *sentence, const char *what)
{
    fprintf(stderr, sentence, what);
    fputc('\n', stderr);
    return false;
}

static bool take_core(const char *text, struct options *options)
{
    char *end;
    const unsigned long core = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || core > 4095) {
        return complain("\"%s\" is not the number of a core.", text);
    }
    options->core = (int)core;
    return platform_pin((unsigned)core) || complain("This system does not let the runner run on core %s alone.", text);
}

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
            if (!take_core(value, options)) {
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

/* Answer requests until the stream ends or a close; returns the exit status. */
static int serve(struct session *session, struct request *request, struct message *answer, bool awake)
{
    while (!session->ended) {
        struct failure failure;
        if (awake) {
            platform_await_input(AWAKE_NS);
        }
        const enum received received = frame_receive(request, &failure);
        if (received == RECEIVED_END) {
            return 0;
        }
        if (received == RECEIVED_NOISE) {
            session_error(answer, &failure);
            frame_send(answer, KIND_ERROR, 0);
            return STATUS_BAD_FRAMING;
        }
        const uint8_t kind = session_answer(session, request->kind, request->payload, request->size, answer);
        frame_let_go(request);
        if (!frame_send(answer, kind, request->number)) {
            return 0; /* the engine went away while it was being answered */
        }
    }
    return 0;
}

int main(int count, char **words)
{
    struct options options = {.kernels = best_kernels(), .core = -1};
    struct session session;
    struct request request = {0};
    struct message answer;
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
    if (!message_start(&answer)) {
        complain("There is not enough memory%s.", "");
        return STATUS_NO_MEMORY;
    }
    platform_start();
    session_start(&session, options.kernels, options.core);
    const int status = serve(&session, &request, &answer, options.awake);
    session_end(&session);
    frame_free(&request);
    message_free(&answer);
    return status;
}
