/* What the engines' answers to a `trace_file` have in common. */
#include "engine.h"
#include "platform.h"

bool check_output(const struct tensor *tensor, struct failure *failure)
{
    if (tensor->element == ELEMENT_OTHER || tensor->axes < 1 || tensor->axes > MAX_AXES) {
        return refuse(failure, ERROR_UNSUPPORTED, "An output of the file has other numbers or more axes than are told.");
    }
    return true;
}

bool put_output(struct message *answer, const struct tensor *tensor, const void *data, struct failure *failure)
{
    if (!check_output(tensor, failure)) {
        return false;
    }
    if (answer->size + tensor_bytes(tensor) > MAX_ANSWER) {
        return refuse(failure, ERROR_UNSUPPORTED, "The layers of this network put out more than one answer can hold.");
    }
    message_u32(answer, tensor->element == ELEMENT_FLOAT  ? TOLD_FLOAT32
                        : tensor->element == ELEMENT_INT8 ? TOLD_INT8
                                                          : TOLD_UINT8);
    message_u32(answer, (uint32_t)tensor->axes);
    for (size_t axis = 0; axis < tensor->axes; axis++) {
        message_u32(answer, (uint32_t)tensor->shape[axis]);
    }
    message_bytes(answer, data, tensor_bytes(tensor));
    return true;
}

bool traces_on(bool is_timed, int runs, uint64_t start)
{
    return runs == 0 ||
           (is_timed && runs < MOST_TRACED_RUNS && (runs < 2 || platform_now_ns() - start < TRACED_NS));
}
