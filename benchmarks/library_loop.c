/* A bare loop over an engine's C API, to compare the library runner with: no frames, no session, no choices.
 *
 * library_loop FILE IMAGE LIBRARY ORDER answers lines on standard input: "time-all WARM_UP RUNS" with the times of
 * that many inferences in ns, from 784 pixel bytes to float logits, and "output" with the logits.
 *
 * It loads the file as the runner does, with the runner's own source; the loop around the engine is its own.
 */
#include <stdio.h>
#include <stdlib.h>

#include "loading.h"
#include "platform.h"
#if defined(LITERT)
#include "litert.h"
typedef struct litert own;
#else
#include "onnxruntime.h"
typedef struct onnxruntime own;
#endif

static unsigned char pixels[IMAGE_PIXELS];
static float logits[CLASSES];

static void check(bool done, const struct failure *failure)
{
    if (!done) {
        fprintf(stderr, "%s\n", failure->sentence);
        exit(1);
    }
}

/* Both engines' input: bytes as they are or without 128, or floats. */
static inline void fill(void *input, enum element element)
{
    for (int i = 0; i < IMAGE_PIXELS; i++) {
        if (element == ELEMENT_FLOAT) {
            ((float *)input)[i] = (float)pixels[i] * (1.0f / 255.0f);
        } else {
            ((unsigned char *)input)[i] = element == ELEMENT_INT8 ? pixels[i] ^ 128 : pixels[i];
        }
    }
}

static inline void read_output(const void *output, const struct tensor *tensor)
{
    for (int i = 0; i < CLASSES; i++) {
        logits[i] = tensor->element == ELEMENT_FLOAT
                        ? ((const float *)output)[i]
                        : (float)(((const signed char *)output)[i] - tensor->zero_point) * tensor->scale;
    }
}

static void infer(own *own, const struct exchange *exchange)
{
    struct failure failure = {.sentence = "The engine failed."};
#if defined(LITERT)
    void *at;
    check(own->lock_tensor_buffer(own->input, &at, FOR_WRITING) == LITERT_OK, &failure);
    fill(at, exchange->input.element);
    check(own->unlock_tensor_buffer(own->input) == LITERT_OK, &failure);
    check(own->run_compiled_model(own->compiled, 0, 1, &own->input, 1, own->outputs) == LITERT_OK, &failure);
    check(own->lock_tensor_buffer(own->outputs[0], &at, FOR_READING) == LITERT_OK, &failure);
    read_output(at, &exchange->output);
    check(own->unlock_tensor_buffer(own->outputs[0]) == LITERT_OK, &failure);
#else
    const char *const names[] = {own->input.name, own->output.name};
    const struct value *const inputs[] = {own->input.value};
    fill(own->input.data, exchange->input.element);
    check(own->api->run(own->session, NULL, names, inputs, 1, names + 1, 1, &own->output.value) == NULL, &failure);
    read_output(own->output.data, &exchange->output);
#endif
}

static size_t read_file(const char *path, unsigned char *to, size_t room)
{
    FILE *file = fopen(path, "rb");
    const size_t size = file != NULL ? fread(to, 1, room, file) : 0;
    if (file != NULL) {
        fclose(file);
    }
    return size;
}

int main(int count, char **words)
{
    static unsigned char file[32 << 20];
    struct failure failure = {.sentence = "The arguments are FILE IMAGE LIBRARY ORDER."};
    check(count == 5, &failure);
    struct exchange exchange = {
        .request = {.channels = 1, .order = (uint16_t)atoi(words[4]), .scale = 1.0f / 255.0f},
    };
    struct library library = {.title = ENGINE.title};
    if (ENGINE.variable != NULL) {
        set_variable(ENGINE.variable);
    }
    check(open_library(&library, words[3], &failure), &failure);
    own *own = ENGINE.open(&library, 1, &failure);
    check(own != NULL, &failure);
    check(ENGINE.load(own, file, read_file(words[1], file, sizeof file), &exchange, &failure), &failure);
    check(read_file(words[2], pixels, sizeof pixels) == sizeof pixels, &failure);
    for (char line[64]; fgets(line, sizeof line, stdin) != NULL;) {
        int warm_up = 0, runs = 0;
        if (sscanf(line, "time-all %d %d", &warm_up, &runs) == 2) {
            static unsigned long long times[MAX_RUNS];
            for (int i = -warm_up; i < runs; i++) {
                const uint64_t start = platform_now_ns();
                infer(own, &exchange);
                times[i < 0 ? 0 : i] = platform_now_ns() - start;
            }
            for (int i = 0; i < runs; i++) {
                printf("%llu ", times[i]);
            }
        } else {
            infer(own, &exchange);
            for (int i = 0; i < CLASSES; i++) {
                printf("%.9g ", (double)logits[i]);
            }
        }
        puts("");
        fflush(stdout);
    }
    return 0;
}
