/* The answer to hello. */
#include "hello.h"

#include <stdio.h>
#include <string.h>

#include "platform.h"

#define MAX_CORES 256 /* that are told of */

/* Android's name of the instruction set that this program was built for. */
static const char *abi(void)
{
#if defined(__aarch64__)
    return "arm64-v8a";
#elif defined(__arm__)
    return "armeabi-v7a";
#elif defined(__x86_64__)
    return "x86_64";
#elif defined(__i386__)
    return "x86";
#else
    return "unknown";
#endif
}

static void put_fact(struct message *answer, uint16_t *count, const char *name, const char *value)
{
    message_text(answer, name);
    message_text(answer, value);
    *count = (uint16_t)(*count + 1);
}

/* "max 2850 MHz, now 1800 MHz", as far as the system tells; false where it tells nothing. */
static bool describe_frequencies(unsigned core, char *text, size_t size)
{
    unsigned max_mhz, now_mhz;
    platform_frequencies(core, &max_mhz, &now_mhz);
    if (max_mhz != 0 && now_mhz != 0) {
        snprintf(text, size, "max %u MHz, now %u MHz", max_mhz, now_mhz);
    } else if (max_mhz != 0) {
        snprintf(text, size, "max %u MHz", max_mhz);
    } else if (now_mhz != 0) {
        snprintf(text, size, "now %u MHz", now_mhz);
    }
    return max_mhz != 0 || now_mhz != 0;
}

static void put_facts(struct message *answer, const struct description *description, int core, uint16_t *count)
{
    const unsigned cores = platform_cores();
    char name[32], value[64];
    put_fact(answer, count, "abi", abi());
    for (uint16_t i = 0; i < description->fact_count; i++) {
        put_fact(answer, count, description->facts[i][0], description->facts[i][1]);
    }
    snprintf(value, sizeof value, "%d", core);
    put_fact(answer, count, "core", core < 0 ? "any" : value);
    snprintf(value, sizeof value, "%u", cores);
    put_fact(answer, count, "cores", value);
    for (unsigned one = 0; one < cores && one < MAX_CORES; one++) {
        if (describe_frequencies(one, value, sizeof value)) {
            snprintf(name, sizeof name, "core %u", one);
            put_fact(answer, count, name, value);
        }
    }
}

void put_hello(struct message *answer, const struct description *description, int core)
{
    uint16_t count = 0;
    message_text(answer, description->program);
    message_text(answer, MNIST_BENCH_VERSION);
    message_u16(answer, description->threads);
    while (description->capabilities[count] != NULL) {
        count++;
    }
    message_u16(answer, count);
    for (uint16_t i = 0; i < count; i++) {
        message_text(answer, description->capabilities[i]);
    }
    count = 0;
    const size_t at = answer->size;
    message_u16(answer, 0); /* facts: not counted yet */
    put_facts(answer, description, core, &count);
    if (!answer->failed) {
        memcpy(answer->data + at, &count, sizeof count);
    }
}
