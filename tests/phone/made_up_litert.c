/* An engine with LiteRT's C API for tests: an image's first pixel, from 0 to 9, is the digit that it reads. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct layout {
    unsigned axes : 7;
    unsigned has_strides : 1;
    int32_t shape[8];
    uint32_t strides[8];
};

struct type {
    int element;
    struct layout layout;
};

static struct type types[] = {{1, {.axes = 4, .shape = {1, 28, 28, 1}}}, {1, {.axes = 2, .shape = {1, 10}}}};
static float input[784], output[10];

#define NOTHING(name) \
    int name(void *of) \
    { \
        (void)of; \
        return 0; \
    }
NOTHING(LiteRtSetOptionsHardwareAccelerators)
NOTHING(LiteRtAddOpaqueOptions)
NOTHING(LiteRtUnlockTensorBuffer)
NOTHING(LiteRtDestroyOptions)
NOTHING(LiteRtDestroyCompiledModel)
NOTHING(LiteRtDestroyTensorBuffer)
NOTHING(LiteRtDestroyModel)

/* Makes something at the last of its arguments. */
#define MAKES(name, parameters, made, value) \
    int name parameters \
    { \
        *(made) = (value); \
        return 0; \
    }
MAKES(LiteRtCreateEnvironment, (int count, void *options, void **made), made, types)
MAKES(LiteRtCreateModelFromBuffer, (void *of, void *file, size_t size, void **made), made, types)
MAKES(LiteRtGetModelSignature, (void *of, size_t index, void **made), made, types)
MAKES(LiteRtGetSignatureSubgraph, (void *of, void **made), made, types)
MAKES(LiteRtGetNumSubgraphInputs, (void *of, size_t *made), made, 1)
MAKES(LiteRtGetNumSubgraphOutputs, (void *of, size_t *made), made, 1)
MAKES(LiteRtGetSubgraphInput, (void *of, size_t index, void **made), made, &types[0])
MAKES(LiteRtGetSubgraphOutput, (void *of, size_t index, void **made), made, &types[1])
MAKES(LiteRtGetRankedTensorType, (void *of, struct type *made), made, *(struct type *)of)
MAKES(LiteRtGetQuantizationTypeId, (void *of, int *made), made, 0)
MAKES(LiteRtGetPerTensorQuantization, (void *of, float *made), made, 1)
MAKES(LiteRtCreateOptions, (void **made), made, types)
MAKES(LiteRtCreateOpaqueOptions, (const char *name, void *text, void *destroy, void **made), made, types)
MAKES(LiteRtCreateCompiledModel, (void *of, void *model, void *options, void **made), made, types)
MAKES(LiteRtGetCompiledModelInputTensorLayout, (void *of, size_t s, size_t i, struct layout *made), made, types[0].layout)
MAKES(LiteRtGetCompiledModelOutputTensorLayouts, (void *of, size_t s, size_t count, struct layout *made, int anew), made,
      types[1].layout)
MAKES(LiteRtGetCompiledModelInputBufferRequirements, (void *of, size_t s, size_t i, void **made), made, input)
MAKES(LiteRtGetCompiledModelOutputBufferRequirements, (void *of, size_t s, size_t i, void **made), made, output)
MAKES(LiteRtCreateManagedTensorBufferFromRequirements, (void *of, void *type, void *needed, void **made), made, needed)
MAKES(LiteRtLockTensorBuffer, (void *of, void **made, int way), made, of)

int LiteRtRunCompiledModel(void *of, size_t signature, size_t inputs, void **from, size_t outputs, void **to)
{
    (void)of, (void)signature, (void)inputs, (void)from, (void)outputs, (void)to;
    memset(output, 0, sizeof output);
    output[(int)(input[0] * 255.0f + 0.5f) % 10] = 1.0f;
    return 0;
}
