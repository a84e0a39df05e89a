/* The runner's own main, fed from memory: what platform_*.c is on an operating system.
 *
 * The first byte of an input chooses the kernels and into what pieces the stream is cut; the others are the stream.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choice.h"
#include "frames.h"
#include "harness.h"
#include "platform.h"

#define STEP_NS 20000000 /* of the clock, at each look: a `time` soon finds that nobody listens */

int runner_main(int count, char **words);

static struct {
    const unsigned char *at;
    size_t left, piece;
    uint64_t now;
} stream;

const char *sets[MOST_SETS];
size_t set_count;

/* Whatever is sent must be what docs/protocol.md says. */
#define EXPECT(condition) ((condition) ? (void)0 : __builtin_trap())

static uint32_t u32_at(const unsigned char *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static void expect_error(const unsigned char *payload, size_t size)
{
    uint16_t length;
    EXPECT(size >= 6);
    memcpy(&length, payload + 4, sizeof length);
    EXPECT(u32_at(payload) >= 1 && u32_at(payload) <= 8);
    EXPECT(length > 0 && length + (size_t)6 == size);
    for (size_t i = 6; i < size; i++) {
        EXPECT(payload[i] >= ' ' && payload[i] < 127);
    }
}

static void expect_logits(const unsigned char *payload, size_t size)
{
    EXPECT(size >= 24 && u32_at(payload + 4) == 10);
    EXPECT(size == 24 + (size_t)u32_at(payload) * 40);
    for (size_t at = 24; at < size; at += sizeof(float)) {
        float value;
        memcpy(&value, payload + at, sizeof value);
        EXPECT(isfinite(value));
    }
}

bool platform_write(const void *from, size_t size)
{
    const unsigned char *frame = from;
    EXPECT(size >= FRAME_HEADER && memcmp(frame, "MNBP\1", 5) == 0 && frame[6] == 0 && frame[7] == 0);
    const size_t payload = u32_at(frame + 12);
    EXPECT(payload + FRAME_HEADER == size && payload <= MAX_ANSWER);
    switch (frame[5]) {
    case KIND_ERROR:
        expect_error(frame + FRAME_HEADER, payload);
        break;
    case KIND_ANSWER + KIND_CLASSIFY:
        expect_logits(frame + FRAME_HEADER, payload);
        break;
    case KIND_ANSWER + KIND_TIME:
        EXPECT(payload == 16 + 8 * (size_t)u32_at(frame + FRAME_HEADER));
        break;
    case KIND_ANSWER + KIND_PEAK:
        EXPECT(payload == 8);
        break;
    default:
        EXPECT(frame[5] > KIND_ANSWER && frame[5] <= KIND_ANSWER + KIND_CLOSE);
    }
    return true;
}

size_t platform_read(void *to, size_t size)
{
    size_t take = size < stream.left ? size : stream.left;
    take = take < stream.piece ? take : stream.piece;
    if (take != 0) {
        memcpy(to, stream.at, take);
    }
    stream.at += take;
    stream.left -= take;
    return take;
}

uint64_t platform_now_ns(void)
{
    return stream.now += STEP_NS;
}

bool platform_input_ended(void)
{
    return true;
}

void platform_start(void) {}

void platform_watch_input(bool watched)
{
    (void)watched;
}

void platform_await_input(uint64_t ns)
{
    (void)ns; /* all of it is there from the start */
}

uint64_t platform_peak_memory(void)
{
    return 1 << 20;
}

unsigned platform_cores(void)
{
    return 2;
}

bool platform_pin(unsigned core)
{
    return core < 2;
}

void platform_frequencies(unsigned core, unsigned *max_mhz, unsigned *now_mhz)
{
    *max_mhz = 2000;
    *now_mhz = core * 1000;
}

void *platform_take_memory(size_t size)
{
    return calloc(1, size);
}

void platform_give_memory_back(void *memory, size_t size)
{
    (void)size;
    free(memory);
}

uint64_t platform_cache_bytes(void)
{
    return 0;
}

int LLVMFuzzerInitialize(int *count, char ***words)
{
    (void)count, (void)words;
    const char *wanted = getenv("MNIST_BENCH_FUZZ_KERNELS"), *name;
    for (size_t place = 0; kernels_at(place, &name), name != NULL; place++) {
        const bool is_wanted = wanted == NULL || strcmp(wanted, name) == 0;
        if (is_wanted && kernels_at(place, &name) != NULL && set_count < MOST_SETS) {
            sets[set_count++] = name;
            fprintf(stderr, "kernels: %s\n", name);
        }
    }
    if (set_count == 0) {
        fputs("This processor has no such kernels.\n", stderr);
        exit(1);
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    char program[] = "runner", option[] = "--kernels", name[32];
    strncpy(name, sets[data[0] % set_count], sizeof name - 1);
    name[sizeof name - 1] = '\0';
    char *words[] = {program, option, name, NULL};
    stream.at = data + 1;
    stream.left = size - 1;
    stream.piece = data[0] & 0x80 ? 1 + (data[0] >> 3 & 15) : SIZE_MAX;
    stream.now = 0;
    runner_main(3, words);
    return 0;
}
