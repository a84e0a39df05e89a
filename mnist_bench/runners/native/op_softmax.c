/* softmax: only the last operator, and computed at the near end. */
#include "operator.h"

const struct operator operator_softmax = {.elementwise = true};
