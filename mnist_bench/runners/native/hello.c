/* The answer to hello: who this is, on which processor. */
#include "hello.h"

#include <stdio.h>
#include <string.h>

#include "cpu.h"
#include "platform.h"

#define MAX_CORES 256 /* that are told of */

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

static void put_facts(const struct session *session, struct message *answer, uint16_t *count)
{
    const unsigned cores = platform_cores();
    char name[32], value[64];
    put_fact(answer, count, "abi", cpu_abi());
    put_fact(answer, count, "kernels", session->kernels->name);
    put_fact(answer, count, "features", cpu_features(session->kernels));
    snprintf(value, sizeof value, "%d", session->core);
    put_fact(answer, count, "core", session->core < 0 ? "any" : value);
    snprintf(value, sizeof value, "%u", cores);
    put_fact(answer, count, "cores", value);
    for (unsigned core = 0; core < cores && core < MAX_CORES; core++) {
        if (describe_frequencies(core, value, sizeof value)) {
            snprintf(name, sizeof name, "core %u", core);
            put_fact(answer, count, name, value);
        }
    }
}

void answer_hello(const struct session *session, struct message *answer)
{
    uint16_t count = 0;
    message_text(answer, "mnist-bench native");
    message_text(answer, MNIST_BENCH_VERSION);
    message_u16(answer, 1); /* thread */
    message_u16(answer, 3);
    message_text(answer, "fp32");
    message_text(answer, "int8");
    message_text(answer, "trace");
    const size_t at = answer->size;
    message_u16(answer, 0); /* facts: not counted yet */
    put_facts(session, answer, &count);
    if (!answer->failed) {
        memcpy(answer->data + at, &count, sizeof count);
    }
}
