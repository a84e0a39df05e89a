/* A network from its encoding. Numbers are used where they lie, at multiples of four bytes: a record of another length
 * is refused before the next one is looked at. */
#include "decode.h"

#include <float.h>
#include <string.h>

#include "check.h"
#include "operator.h"

#define BAD(...) refuse(failure, ERROR_BAD_NETWORK, __VA_ARGS__)

static bool decode_inputs(struct reader *body, struct node *node, struct failure *failure)
{
    const uint32_t *count = take(body, sizeof *count);
    if (count == NULL) {
        return too_short(failure);
    }
    if (*count < 1 || *count > MAX_INPUTS) {
        return BAD("An operator must read 1 to %d values, not %u.", MAX_INPUTS, *count);
    }
    node->input_count = *count;
    node->inputs = take(body, (uint64_t)*count * sizeof *node->inputs);
    return node->inputs != NULL || too_short(failure);
}

static bool decode_quantization(struct reader *body, struct quantization *quantization, struct failure *failure)
{
    const uint32_t *numbers = take(body, 2 * sizeof *numbers);
    if (numbers == NULL) {
        return too_short(failure);
    }
    memcpy(&quantization->scale, &numbers[0], sizeof quantization->scale);
    if (numbers[1] > 255) {
        return BAD("The zero point %u is not from 0 to 255.", numbers[1]);
    }
    quantization->zero_point = (uint8_t)numbers[1];
    if (!(quantization->scale >= FLT_MIN && quantization->scale <= FLT_MAX)) {
        return BAD("The activation scale %g is not a positive float32 number.", (double)quantization->scale);
    }
    return true;
}

static bool decode_node(struct reader *data, struct network *network, uint32_t index, struct failure *failure)
{
    struct node *node = &network->nodes[index];
    const uint32_t *record = take(data, 2 * sizeof *record); /* kind, bytes in the body */
    if (record == NULL) {
        return BAD("A network's encoding ends before its last operator.");
    }
    struct reader body = {take(data, record[1]), record[1]};
    if (body.at == NULL) {
        return BAD("A network's encoding ends in the middle of an operator.");
    }
    memset(node, 0, sizeof *node);
    node->operator = operator_of(record[0]);
    if (node->operator == NULL) {
        return BAD("An operator is of the kind %u, which this version does not know.", record[0]);
    }
    if (!decode_inputs(&body, node, failure) ||
        (network->quantized && !decode_quantization(&body, &network->nodes[index].output.quantization, failure)) ||
        (node->operator->decode != NULL && !node->operator->decode(&body, network->quantized, node, failure))) {
        return false;
    }
    return body.left == 0 || BAD("An operator's record is longer than its sizes say.");
}

bool decode_network(const void *bytes, size_t size, struct network *network, struct failure *failure)
{
    struct reader data = {bytes, size};
    const uint32_t *header = take(&data, 3 * sizeof *header); /* magic; version, precision, classes; operators */
    if (header == NULL) {
        return BAD("A network's encoding is shorter than its header.");
    }
    const uint32_t precision = header[1] >> 16 & 0xFF, classes = header[1] >> 24;
    if (memcmp(bytes, NETWORK_MAGIC, 4) != 0 || (header[1] & 0xFFFF) != NETWORK_VERSION || precision > PRECISION_BF16) {
        return BAD("This is not the encoding of a network, or one of another version.");
    }
    if (classes != CLASSES) {
        return BAD("The network tells %u classes apart; this version runs those of %d.", classes, CLASSES);
    }
    if (header[2] < 1 || header[2] > MAX_OPERATORS) {
        return BAD("A network must have 1 to %d operators, not %u.", MAX_OPERATORS, header[2]);
    }
    network->precision = precision;
    network->quantized = precision == PRECISION_INT8;
    network->count = header[2];
    for (uint32_t i = 0; i < network->count; i++) {
        if (!decode_node(&data, network, i, failure)) {
            return false;
        }
    }
    if (data.left != 0) {
        return BAD("Something follows a network's last operator.");
    }
    return check_network(network, failure);
}
