/* The variables of a .tflite file: tensors that keep their values from one run to the next, such as an LSTM's state.
 *
 * Source: tflite/converter/schema/schema.fbs of github.com/google-ai-edge/LiteRT, and "FlatBuffer Internals" of
 * FlatBuffers' documentation. A table begins with the distance to its vtable, which says where each field stands.
 */
#include <string.h>

#include "litert.h"

#define SUBGRAPHS 2   /* a field of the table Model */
#define TENSORS 0     /* of SubGraph */
#define IS_VARIABLE 5 /* of Tensor */

/* A number of `width` bytes at `at`; false where that is not within the file. */
static bool get(const unsigned char *file, size_t size, size_t at, size_t width, uint32_t *number)
{
    if (at > size || width > size - at) {
        return false;
    }
    *number = 0;
    memcpy(number, file + at, width);
    return true;
}

/* Where a field of a table stands; false where it is left out. */
static bool find_field(const unsigned char *file, size_t size, size_t table, unsigned field, size_t *at)
{
    const size_t entry = 4 + 2 * (size_t)field;
    uint32_t back, length, offset;
    if (!get(file, size, table, 4, &back)) {
        return false;
    }
    const size_t vtable = (size_t)((int64_t)table - (int32_t)back);
    if (!get(file, size, vtable, 2, &length) || entry + 2 > length ||
        !get(file, size, vtable + entry, 2, &offset) || offset == 0) {
        return false;
    }
    *at = table + offset;
    return true;
}

/* Where the elements of a vector of tables begin, and how many there are. */
static bool find_vector(const unsigned char *file, size_t size, size_t table, unsigned field, size_t *at,
                        uint32_t *count)
{
    uint32_t offset;
    if (!find_field(file, size, table, field, at) || !get(file, size, *at, 4, &offset)) {
        return false;
    }
    *at += offset;
    if (!get(file, size, *at, 4, count)) {
        return false;
    }
    *at += 4;
    return true;
}

void hide_variables(unsigned char *file, size_t size)
{
    size_t subgraphs, tensors, flag, left = size / 4; /* places that tables can be told of */
    uint32_t model, graphs, graph, count, tensor;
    if (!get(file, size, 0, 4, &model) || !find_vector(file, size, model, SUBGRAPHS, &subgraphs, &graphs)) {
        return;
    }
    for (; graphs > 0 && left > 0 && get(file, size, subgraphs, 4, &graph); graphs--, left--, subgraphs += 4) {
        if (!find_vector(file, size, subgraphs + graph, TENSORS, &tensors, &count)) {
            continue;
        }
        for (; count > 0 && left > 0 && get(file, size, tensors, 4, &tensor); count--, left--, tensors += 4) {
            if (find_field(file, size, tensors + tensor, IS_VARIABLE, &flag) && flag < size) {
                file[flag] = 0;
            }
        }
    }
}
