/* Whether the operators of a network fit together. */
#include "check.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

#include "operator.h"

#define BAD(...) refuse(failure, ERROR_BAD_NETWORK, __VA_ARGS__)

static bool check_inputs(const struct network *network, uint32_t index, struct failure *failure)
{
    const struct node *node = &network->nodes[index];
    const uint32_t most = node->operator->most_inputs;
    if (most == 0 ? node->input_count != 1 : node->input_count < 2 || node->input_count > most) {
        return BAD("Operator %u (%s) cannot read %u values.", index, operator_name(node->operator), node->input_count);
    }
    for (uint32_t i = 0; i < node->input_count; i++) {
        if (node->inputs[i] > index) {
            return BAD("Operator %u (%s) reads a value that is not there yet.", index, operator_name(node->operator));
        }
    }
    if (node->operator == &operator_softmax && index + 1 < network->count) {
        return BAD("A softmax can only be the last operator of a network.");
    }
    return true;
}

/* Counts the readers; a softmax is one only here, where somebody must read each value but the last. */
static bool check_readers(struct network *network, struct failure *failure)
{
    for (uint32_t index = 0; index < network->logit_count; index++) {
        for (uint32_t i = 0; i < network->nodes[index].input_count; i++) {
            const uint32_t read = network->nodes[index].inputs[i];
            (read == 0 ? &network->image : &network->nodes[read - 1].output)->readers++;
        }
    }
    const bool has_softmax = network->logit_count < network->count;
    const uint32_t by_softmax = has_softmax ? network->nodes[network->logit_count].inputs[0] : network->count;
    for (uint32_t value = 0; value < network->count; value++) {
        if (value_of(network, value)->readers == 0 && value != by_softmax) {
            return value == 0 ? BAD("Nothing reads the image.")
                              : BAD("Nothing reads the output of operator %u.", value - 1);
        }
    }
    return true;
}

static bool set_shape(struct network *network, uint32_t index, struct failure *failure)
{
    struct node *node = &network->nodes[index];
    struct shape *shape = &network->nodes[index].output.shape;
    *shape = input_of(network, node)->shape;
    if (node->operator->set_shape != NULL && !node->operator->set_shape(network, node, shape, failure)) {
        return false;
    }
    const uint64_t values = shape_values(*shape);
    node->work = node->work != 0 ? node->work : VALUE_WORK * values;
    return values <= MAX_ACTIVATIONS || BAD("An operator puts out %llu values; the limit is %d.",
                                            (unsigned long long)values, MAX_ACTIVATIONS);
}

static bool check_limits(struct network *network, struct failure *failure)
{
    uint64_t parameters = 0; /* MAX_OPERATORS of at most 4e6 x 16e6 fit */
    network->parameter_bytes = network->work = 0;
    for (uint32_t i = 0; i < network->count; i++) {
        parameters += network->nodes[i].parameters;
        network->work += network->nodes[i].work;
        network->parameter_bytes += network->nodes[i].parameter_bytes;
    }
    if (parameters > MAX_PARAMETERS) {
        return BAD("The network has %llu parameters; %d is the limit.", (unsigned long long)parameters, MAX_PARAMETERS);
    }
    return network->work <= MAX_MULTIPLY_ADDS ||
           BAD("The network needs %llu multiply-adds for one image, poolings and activations counted; the limit is "
               "%llu.",
               (unsigned long long)network->work, (unsigned long long)MAX_MULTIPLY_ADDS);
}

static bool check_int8(const struct network *network, uint32_t index, struct failure *failure)
{
    const struct node *node = &network->nodes[index];
    const struct operator *operator= node->operator;
    const struct quantization own = network->nodes[index].output.quantization;
    const struct quantization *fixed = operator->fixed_quantization;
    if (fixed == NULL && !operator->has_own_quantization) {
        fixed = &input_of(network, node)->quantization;
    }
    if (fixed != NULL && (own.scale != fixed->scale || own.zero_point != fixed->zero_point)) {
        return BAD("Operator %u (%s) has a quantization that QNNPACK would not use.", index, operator_name(operator));
    }
    return operator->check_int8 == NULL || operator->check_int8(network, node, own, failure);
}

bool check_network(struct network *network, struct failure *failure)
{
    network->image = (struct value){{1, IMAGE_SIDE, IMAGE_SIDE, false}, INPUT_QUANTIZATION, 0};
    network->logit_count = network->count - (network->nodes[network->count - 1].operator == &operator_softmax);
    for (uint32_t i = 0; i < network->count; i++) {
        if (!check_inputs(network, i, failure)) {
            return false;
        }
    }
    if (!check_readers(network, failure)) {
        return false;
    }
    for (uint32_t i = 0; i < network->count; i++) {
        if (!set_shape(network, i, failure)) {
            return false;
        }
    }
    const struct shape last = value_of(network, network->count)->shape;
    if (network->logit_count == 0 || !last.flat || last.channels != CLASSES) {
        return BAD("A network must end in %d values, one for each digit.", CLASSES);
    }
    if (!check_limits(network, failure)) {
        return false;
    }
    for (uint32_t i = 0; network->quantized && i < network->count; i++) {
        if (!check_int8(network, i, failure)) {
            return false;
        }
    }
    return true;
}
