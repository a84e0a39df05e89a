/* Whether the kernels on this processor compute what the portable ones do, on random operators. */
#include "selftest.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choice.h"
#include "conv.h"
#include "trial.h"

#define CASES 400       /* for each set and precision */
#define TOLERANCE 1e-5f /* fp32: of the largest output's size */
/* The same for F(4 x 4): its transforms' numbers, up to 100 and 324 times as large, lose as many bits. Random operators
 * of 16 to 100 channels differ by up to 1e-5 (docs/adr/0027-winograd.md); Barabasz and others, "Error Analysis and
 * Improving the Accuracy of Winograd Convolution for Deep Neural Networks" (ACM TOMS 46, 2020), say why. */
#define TOLERANCE_OF_F4 4e-5f
#define TOLERANCE_OF_F16 1e-2f
/* What counts as the largest output's size at least: random sums are about 0.3, and their errors are no smaller where
 * all of a few happen to be near zero. */
#define LEAST_SIZE 0.1f

/* fp16: the input as it lies in memory then, over itself. */
static void narrow_input(struct room *room)
{
    for (size_t i = 0; i < MAX_VALUES + KERNEL_SLACK; i++) {
        room->in.f16[i] = half_of_float(room->in.f32[i]);
    }
}

/* Plan and run the trial with one set; what is not the set's to write stays 0xA5. False where there is no memory. */
static bool run_trial(struct room *room, const struct trial *trial, const struct kernels *kernels, int place)
{
    const bool is_f16 = trial->f16 != NULL && place == 1;
    const struct convolution convolution = {
        .weights = &trial->weights,
        .kernel = trial->linear ? (struct pair){trial->in.shape.height, trial->in.shape.width} : trial->weights.kernel,
        .stride = trial->stride, .kernels = kernels_for(&trial->weights, kernels),
        .quantization = trial->out.quantization, .input = trial->in.quantization,
        .relu = trial->relu, .pool = trial->pool,
        .tile = is_f16 || winograd_lanes(kernels, trial->quantized) != 0 ? trial->tile : 0,
        .f16 = is_f16 ? trial->f16 : NULL};
    struct step step = {.in = trial->in, .out = trial->out};
    struct arena arena = {NULL, 0};
    struct scratch scratch = {NULL, 0};
    step.out.buffer = &room->out[place];
    plan_conv(&convolution, trial->quantized, &arena, &scratch, &step);
    arena_take(&arena, scratch.bytes);
    void *memory = calloc(1, (size_t)arena.used + KERNEL_ALIGNMENT);
    if (memory == NULL) {
        return false;
    }
    arena = (struct arena){(unsigned char *)memory + (-(uintptr_t)memory & (KERNEL_ALIGNMENT - 1)), 0};
    scratch.memory = arena_take(&arena, scratch.bytes);
    memset(scratch.memory, 0xFF, (size_t)scratch.bytes); /* no number, in fp32 */
    plan_conv(&convolution, trial->quantized, &arena, &scratch, &step);
    fill_input(room, trial);
    if (is_f16) {
        narrow_input(room);
    }
    memset(&room->out[place], 0xA5, sizeof room->out[place]);
    step.run(&step);
    free(memory);
    return true;
}

/* The value at `i` of what the set put out; what was not written stays what portable kernels do not write, or none. */
static float value_got(const struct room *room, const struct trial *trial, size_t i)
{
    if (trial->f16 == NULL) {
        return room->out[1].f32[i];
    }
    const bool is_unwritten = memcmp(&room->out[0].f32[i], "\xA5\xA5\xA5\xA5", sizeof(float)) == 0;
    const half got = room->out[1].f16[i];
    return is_unwritten ? (got == 0xA5A5 ? room->out[0].f32[i] : INFINITY) : float_of_half(got);
}

/* The largest difference, for fp32 as a part of the largest value; where the portable kernels have no finite number,
 * anything will do. */
static float difference(const struct room *room, const struct trial *trial)
{
    if (trial->quantized) {
        return memcmp(room->out[0].q8, room->out[1].q8, sizeof room->out[0].q8) == 0 ? 0.0f : 1.0f;
    }
    float largest = LEAST_SIZE, difference = 0.0f;
    for (size_t i = 0; i < sizeof room->out[0].f32 / sizeof(float); i++) {
        const float expected = room->out[0].f32[i], got = value_got(room, trial, i);
        if (fabsf(expected) <= FLT_MAX) {
            largest = fmaxf(largest, fabsf(expected));
            difference = fabsf(got - expected) <= difference ? difference : fabsf(got - expected);
        }
    }
    return difference / largest;
}

static void describe(const struct trial *trial, float difference)
{
    const struct weights *weights = &trial->weights;
    const char *precision = trial->quantized ? "int8" : trial->f16 != NULL ? "fp16" : "fp32";
    printf("  differs by %g: %s %s %u -> %u, groups %u, kernel %u x %u, stride %u x %u, input %u x %u, tile %u%s%s%s\n",
           (double)difference, precision, trial->linear ? "linear" : "conv2d",
           weights->in_per_group, weights->out, weights->groups, weights->kernel.height, weights->kernel.width,
           trial->stride.height, trial->stride.width, trial->in.shape.height, trial->in.shape.width, trial->tile,
           trial->relu ? ", relu" : "", trial->pool ? ", pool" : "", trial->in.is_image ? ", pixels" : "");
}

static float tolerance(const struct trial *trial)
{
    if (trial->f16 != NULL) {
        return TOLERANCE_OF_F16;
    }
    return trial->quantized ? 0.0f : trial->tile == 4 ? TOLERANCE_OF_F4 : TOLERANCE;
}

/* The number of cases in which a set is not as it should be. */
static int test_set(struct room *room, const struct kernels *kernels, const struct f16_kernels *f16, bool quantized)
{
    int wrong = 0;
    for (int i = 0; i < CASES;) {
        struct trial trial;
        if (!pick_trial(room, &trial, kernels, f16, quantized)) {
            continue;
        }
        fill_weights(room, &trial);
        const uint64_t random = room->random; /* both get the same input */
        bool ran = run_trial(room, &trial, kernels_portable(), 0);
        room->random = random;
        ran = ran && run_trial(room, &trial, kernels, 1);
        const float off = ran ? difference(room, &trial) : INFINITY;
        if (!(off <= tolerance(&trial))) {
            describe(&trial, off);
            wrong++;
        }
        i++;
    }
    return wrong;
}

bool self_test(void)
{
    bool right = true;
    const char *name;
    struct room *room = malloc(sizeof *room);
    if (room == NULL) {
        puts("There is not enough memory for a self-test.");
        return false;
    }
    room->random = 0x6D6E697374;
    for (size_t place = 0; kernels_at(place, &name), name != NULL; place++) {
        const struct kernels *kernels = kernels_at(place, &name);
        if (kernels == NULL) {
            printf("%s: not for this processor\n", name);
            continue;
        }
        const int fp32 = test_set(room, kernels, NULL, false), int8 = test_set(room, kernels, NULL, true);
        printf("%s: fp32 %d of %d wrong, int8 %d of %d wrong\n", name, fp32, CASES, int8, CASES);
        right &= fp32 == 0 && int8 == 0;
    }
    if (kernels_fp16() != NULL) {
        const int fp16 = test_set(room, kernels_portable(), kernels_fp16(), false);
        printf("fp16: %d of %d differ by more than they may\n", fp16, CASES);
        right &= fp16 == 0;
    }
    free(room);
    return right;
}
