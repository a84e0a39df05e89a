/* What the session asks of the native runner: a network on the stream, kernels, its own plan. */
#include "own_executor.h"

#include <stdio.h>
#include <string.h>

#include "block.h"
#include "cpu.h"
#include "decode.h"
#include "execute.h"
#include "operator.h"
#include "platform.h"

/* A device may take longer than ABANDONED_NS for more work than this, or to load a network of more bytes. */
#define LONG_WORK 50000000
#define LONG_LOAD 4000000

const uint8_t executor_load_kind = KIND_LOAD;
const uint8_t executor_trace_kind = KIND_TRACE;

void executor_start(struct executor *executor, const struct kernels *kernels)
{
    const bool is_portable = kernels == kernels_portable(); /* which compute fp16 in float32, for tests */
    *executor = (struct executor){.kernels = kernels, .f16_kernels = is_portable ? NULL : kernels_fp16()};
    plan_start(&executor->plan);
    plan_start(&executor->block);
}

bool executor_describe(const struct executor *executor, struct description *description, struct failure *failure)
{
    static const char *const capabilities[] = {"fp32", "int8", "trace", NULL};
    static const char *const with_fp16[] = {"fp32", "int8", "fp16", "trace", NULL};
    (void)failure;
    *description = (struct description){
        .program = "mnist-bench native",
        .threads = 1,
        .capabilities = executor->f16_kernels != NULL ? with_fp16 : capabilities,
        .fact_count = 2,
        .facts = {{"kernels", executor->kernels->name}, {"features", cpu_features(executor->kernels)}},
    };
    return true;
}

static bool check_precision(const struct executor *executor, const struct network *network, struct failure *failure)
{
    if (network->precision == PRECISION_BF16) {
        return refuse(failure, ERROR_UNSUPPORTED, "The native runner does not compute in bf16.");
    }
    return network->precision != PRECISION_FP16 || executor->f16_kernels != NULL ||
           executor->kernels == kernels_portable() ||
           refuse(failure, ERROR_UNSUPPORTED, "This processor has no fp16 arithmetic.");
}

bool executor_load(struct executor *executor, const unsigned char *payload, size_t size, uint64_t *network_bytes,
                   struct failure *failure)
{
    struct network network;
    executor_unload(executor);
    if (!decode_network(payload, size, &network, failure) || !check_precision(executor, &network, failure) ||
        !plan_make(&executor->plan, &network, executor->kernels, executor->f16_kernels, failure)) {
        return false;
    }
    *network_bytes = network.precision == PRECISION_FP16 ? network.parameter_bytes / 2 : network.parameter_bytes;
    const bool in_blocks = runs_in_blocks(&network, executor->kernels);
    executor->is_slow = network.work * (in_blocks ? BLOCK_IMAGES : 1) > LONG_WORK;
    executor->trace_bytes = 0;
    for (uint32_t value = 1; value <= network.count; value++) {
        executor->trace_bytes += TRACE_ENTRY_BYTES + 4 * shape_values(value_of(&network, value)->shape);
    }
    if (in_blocks) {
        turn_into_block(&network); /* one that does not fit is done without */
        plan_make(&executor->block, &network, executor->kernels, executor->f16_kernels, failure);
    }
    return true;
}

void executor_unload(struct executor *executor)
{
    plan_free(&executor->plan);
    plan_free(&executor->block);
}

bool executor_is_loaded(const struct executor *executor)
{
    return executor->plan.count != 0;
}

bool executor_loads_slowly(size_t size)
{
    return size > LONG_LOAD;
}

bool executor_runs_slowly(const struct executor *executor)
{
    return executor->is_slow;
}

uint32_t executor_block_images(const struct executor *executor)
{
    return executor->block.count != 0 ? BLOCK_IMAGES : 1;
}

bool executor_run(struct executor *executor, const unsigned char *pixels, uint32_t images, float *logits,
                  struct failure *failure)
{
    (void)failure;
    if (images > 1) {
        execute_block(&executor->block, pixels, logits);
    } else {
        execute(&executor->plan, pixels, logits);
    }
    return true;
}

static void put_name(const struct plan *plan, const struct step *step, struct message *answer)
{
    char name[64] = "";
    for (uint32_t i = step->first; i <= step->last; i++) {
        const size_t used = strlen(name);
        snprintf(name + used, sizeof name - used, "%s%s", used != 0 ? " + " : "", operator_name(plan->operators[i]));
    }
    message_text(answer, name);
}

static void put_entry(const struct plan *plan, const struct step *step, uint64_t compute_ns, struct message *answer)
{
    const struct shape shape = step->out.shape;
    const size_t bytes = (size_t)shape_values(shape) * sizeof(float);
    put_name(plan, step, answer);
    message_u32(answer, step->first);
    message_u32(answer, step->last);
    message_u64(answer, compute_ns);
    message_u32(answer, shape.flat ? 1 : 3);
    message_u32(answer, shape.flat ? (uint32_t)shape_values(shape) : shape.channels);
    if (!shape.flat) {
        message_u32(answer, shape.height);
        message_u32(answer, shape.width);
    }
    void *values = message_room(answer, bytes);
    if (values != NULL) {
        execute_output(plan, &step->out, values);
    }
}

bool executor_trace(struct executor *executor, const unsigned char *pixels, size_t size, struct message *answer,
                    struct failure *failure)
{
    const struct plan *plan = &executor->plan;
    (void)size;
    if (executor->trace_bytes > MAX_ANSWER) {
        return refuse(failure, ERROR_UNSUPPORTED,
                      "The operators of this network put out more than one answer can hold.");
    }
    message_u32(answer, plan->count);
    execute_input(plan, pixels);
    for (uint32_t i = 0; i < plan->count; i++) {
        const uint64_t start = platform_now_ns();
        plan->steps[i].run(&plan->steps[i]);
        put_entry(plan, &plan->steps[i], platform_now_ns() - start, answer);
    }
    return true;
}

uint64_t executor_peak(const struct executor *executor)
{
    switch (executor->plan.precision) {
    case PRECISION_INT8:
        return measure_peak(executor->kernels->q8_peak);
    case PRECISION_FP16:
        return executor->f16_kernels != NULL ? measure_peak(executor->f16_kernels->peak) : 0;
    default:
        return measure_peak(executor->kernels->f32_peak);
    }
}
