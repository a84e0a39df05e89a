/* The numbers of docs/protocol.md, from mnist_bench/protocol/tables.py. Written by `make protocol`. */

#ifndef MNIST_BENCH_TABLES_H
#define MNIST_BENCH_TABLES_H

#define PROTOCOL_MAGIC "MNBP" /* The first bytes of every frame. */
#define PROTOCOL_MAGIC_BYTES 'M', 'N', 'B', 'P'
#define PROTOCOL_VERSION 1 /* Of the frames and messages. */
#define FRAME_HEADER 16 /* Bytes of a frame's header. */
#define KIND_ANSWER 128 /* An answer's kind is its request's kind plus this. */
#define KIND_ERROR 255 /* The kind of an answer that is an error. */
#define MAX_REQUEST 134217728 /* Bytes of a request's payload (128 MiB). */
#define MAX_ANSWER 67108864 /* Bytes of an answer's payload (64 MiB). */
#define MAX_TEXT 4096 /* Bytes of a text. */
#define IMAGE_SIDE 28 /* Pixels along each side of an image. */
#define IMAGE_PIXELS 784 /* Bytes of an image. */
#define LARGE_SIDE 32 /* Pixels along each side of an image that a file may read instead. */
#define MAX_IMAGES 400 /* Images in a `classify`. */
#define MAX_RUNS 100000 /* Runs of a `time`, and as many for its warm-up. */
#define MAX_AXES 4 /* Axes of an output in a `trace`. */
#define MAX_FACTS 64 /* Facts, and capabilities, in the answer to a `hello`. */
#define MAX_NS 8796093022208 /* A time in an answer: two hours and a half, longer than any deadline. */
#define MAX_MEMORY 281474976710656 /* Bytes of memory in an answer. */
#define TRACE_ENTRY_BYTES 256 /* What an entry of a `trace` is taken to need besides its output, in bytes. */
#define MOST_TRACED_RUNS 12 /* Runs of a `trace_file` whose nodes are timed, at most. */
#define TRACED_NS 20000000 /* After how long no further run of a `trace_file` begins, if there were two. */
#define AWAKE_NS 5000000 /* How long `--awake` polls for the next request: longer than an engine takes, over USB too. */
#define LOOK_AT_INPUT_NS 50000000 /* How often a long request checks whether anyone is still listening. */
#define ABANDONED_NS 500000000 /* How long a runner goes on with one request after its input has ended. */
#define NETWORK_MAGIC "MNBN" /* The first bytes of a network on the stream. */
#define NETWORK_MAGIC_BYTES 'M', 'N', 'B', 'N'
#define NETWORK_VERSION 2 /* Of a network on the stream. */
#define CLASSES 10 /* Logits of an image. */
#define MAX_OPERATORS 128 /* Operators of a network. */
#ifndef MAX_ACTIVATIONS
#define MAX_ACTIVATIONS 4000000 /* Values that one operator puts out. */
#endif
#ifndef MAX_MULTIPLY_ADDS
#define MAX_MULTIPLY_ADDS 4000000000 /* Multiply-adds of a network for one image (see VALUE_WORK). */
#endif
#define LARGEST_WEIGHT 127 /* Size of an int8 weight: with -128, two products would not fit 16 bits. */
#define INPUT_QUANTIZATION {0x1.010102p-8f, 0} /* Of the input: a pixel's byte is its own quantized value. */
#define TANH_QUANTIZATION {0x1p-7f, 128} /* Of every tanh's output, as QNNPACK has it. */
#define SIGMOID_QUANTIZATION {0x1p-8f, 0} /* Of every sigmoid's output, as QNNPACK has it. */
#define VALUE_WORK 10 /* Multiply-adds that a value counts as where none are made; in a pooling, each in each window. */
#define MAX_PARAMETERS 16000000 /* Weights and biases of a network. */
#define MAX_INPUTS 16 /* Values that one operator reads. */
#define MAX_KERNEL 32 /* A kernel, stride or padding along one axis; a pooling's padding is less than its kernel. */
#define MAX_RESIZED 1024 /* Pixels along a side of what a resize puts out. */
#define FINEST_STEP 64 /* Steps of a pixel in which a resize places outputs: a power of two, exact in float32. */

enum request_kind {
    KIND_HELLO = 1, /* who is there */
    KIND_LOAD = 2, /* make a network ready */
    KIND_CLASSIFY = 3, /* the logits of some images */
    KIND_TIME = 4, /* the hot loop: one image again and again */
    KIND_TRACE = 5, /* one image, layer by layer */
    KIND_CLOSE = 6, /* the end */
    KIND_LOAD_FILE = 7, /* make a file in an engine's own format ready */
    KIND_TRACE_FILE = 8, /* one image through such a file: its outputs, and the engine's own times */
    KIND_PEAK = 9, /* how many multiply-adds the core makes in a second at most */
};

enum error_code {
    ERROR_FRAMING = 1, /* the stream cannot be understood; the runner ends */
    ERROR_UNKNOWN_KIND = 2, /* a request of a kind that this runner does not know */
    ERROR_BAD_PAYLOAD = 3, /* a payload that does not fit its kind */
    ERROR_BAD_NETWORK = 4, /* an encoding that is not a sound network */
    ERROR_UNSUPPORTED = 5, /* a sound network or request that this runner cannot execute */
    ERROR_NO_NETWORK = 6, /* classify, time or trace before a network was loaded */
    ERROR_UNAVAILABLE = 7, /* the backend cannot run here */
    ERROR_FAILED = 8, /* the runner failed while doing as asked */
};

enum placement {
    PLACEMENT_AS_THEY_ARE = 0, /* 28 x 28, as they are */
    PLACEMENT_CENTRED = 1, /* in the middle of 32 x 32, the rest being background */
    PLACEMENT_ENLARGED = 2, /* enlarged to 32 x 32 as `resize_bilinear` does it */
};

enum axis_order {
    ORDER_NCHW = 0, /* channels first */
    ORDER_NHWC = 1, /* channels last */
};

enum output {
    OUTPUT_LOGITS = 0, /* logits */
    OUTPUT_PROBABILITIES = 1, /* probabilities, whose logarithm is taken */
};

enum told_element {
    TOLD_FLOAT32 = 0, /* f32 */
    TOLD_INT8 = 1, /* signed bytes */
    TOLD_UINT8 = 2, /* unsigned bytes */
};

enum precision {
    PRECISION_FP32 = 0,
    PRECISION_INT8 = 1,
    PRECISION_FP16 = 2,
    PRECISION_BF16 = 3,
};

enum operator_kind {
    OPERATOR_CONV2D = 1,
    OPERATOR_LINEAR = 2,
    OPERATOR_RELU = 3,
    OPERATOR_TANH = 4,
    OPERATOR_SIGMOID = 5,
    OPERATOR_MAX_POOL2D = 6,
    OPERATOR_AVG_POOL2D = 7,
    OPERATOR_FLATTEN = 8,
    OPERATOR_SOFTMAX = 9,
    OPERATOR_RELU6 = 10,
    OPERATOR_LEAKY_RELU = 11,
    OPERATOR_ELU = 12,
    OPERATOR_PRELU = 13,
    OPERATOR_ADD = 14,
    OPERATOR_CONCAT = 15,
    OPERATOR_RESIZE_BILINEAR = 16,
};

/* Every operator, by its number: its name, and the number. */
#define OPERATORS(ROW) \
    ROW(conv2d, 1) \
    ROW(linear, 2) \
    ROW(relu, 3) \
    ROW(tanh, 4) \
    ROW(sigmoid, 5) \
    ROW(max_pool2d, 6) \
    ROW(avg_pool2d, 7) \
    ROW(flatten, 8) \
    ROW(softmax, 9) \
    ROW(relu6, 10) \
    ROW(leaky_relu, 11) \
    ROW(elu, 12) \
    ROW(prelu, 13) \
    ROW(add, 14) \
    ROW(concat, 15) \
    ROW(resize_bilinear, 16)

#endif
