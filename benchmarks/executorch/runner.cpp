// ExecuTorch's C++ API around one exported network: the other side of a comparison (benchmarks/executorch/).
//
//   runner MODEL.pte IMAGE
//       reads commands from standard input and answers each with one line:
//       "time-all WARM_UP RUNS"      nanoseconds of each of RUNS inferences, from pixels to logits: converting the
//                                    pixels, set_input and execute
//       "time-execute WARM_UP RUNS"  the same of execute alone
//       "output"                     the logits
//   runner MODEL.pte IMAGE all|execute COUNT
//       runs COUNT inferences and ends, without a word: for counting instructions
//
// IMAGE holds 784 pixel bytes, 0 to 255; the network's input is a 255th of each. One thread.
#include <executorch/extension/data_loader/file_data_loader.h>
#include <executorch/extension/memory_allocator/malloc_memory_allocator.h>
#include <executorch/runtime/executor/method.h>
#include <executorch/runtime/executor/program.h>
#include <executorch/runtime/platform/runtime.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

// The wheel has the thread pool's library but not its header.
namespace executorch::extension::threadpool {
class ThreadPool {
 public:
  bool _unsafe_reset_threadpool(uint32_t threads);
};
ThreadPool* get_threadpool();
}  // namespace executorch::extension::threadpool

using executorch::aten::Tensor;
using executorch::aten::TensorImpl;
using executorch::extension::FileDataLoader;
using executorch::extension::MallocMemoryAllocator;
using executorch::runtime::Error;
using executorch::runtime::EValue;
using executorch::runtime::HierarchicalAllocator;
using executorch::runtime::MemoryManager;
using executorch::runtime::Method;
using executorch::runtime::Program;
using executorch::runtime::Span;

namespace {

constexpr size_t kPixels = 28 * 28;
constexpr unsigned long kMostRuns = 1000000;

[[noreturn]] void fail(const char* what, Error error = Error::Ok) {
  std::fprintf(stderr, "%s failed (error %d)\n", what, static_cast<int>(error));
  std::exit(1);
}

template <typename Result>
auto must(const char* what, Result&& result) {
  if (!result.ok()) fail(what, result.error());
  return std::move(result.get());
}

void must_be_ok(const char* what, Error error) {
  if (error != Error::Ok) fail(what, error);
}

// Whatever a loaded method points to, in the order in which it must outlive it.
class Network {
 public:
  explicit Network(const char* path)
      : loader_(must("reading the model", FileDataLoader::from(path))),
        program_(must("loading the program", Program::load(&loader_))) {
    auto meta = must("describing the method", program_.method_meta("forward"));
    for (size_t at = 0; at < meta.num_memory_planned_buffers(); ++at) {
      const size_t size = must("sizing a buffer", meta.memory_planned_buffer_size(at));
      buffers_.push_back(std::make_unique<uint8_t[]>(size));
      spans_.emplace_back(buffers_.back().get(), size);
    }
    planned_ = std::make_unique<HierarchicalAllocator>(Span<Span<uint8_t>>(spans_.data(), spans_.size()));
    manager_ = std::make_unique<MemoryManager>(&allocator_, planned_.get(), &temporary_);
    method_ = std::make_unique<Method>(must("loading the method", program_.load_method("forward", manager_.get())));

    const auto input = must("describing the input", meta.input_tensor_meta(0));
    size_t count = 1;
    for (const auto size : input.sizes()) {
      sizes_.push_back(size);
      count *= static_cast<size_t>(size);
    }
    for (const auto axis : input.dim_order()) order_.push_back(axis);
    if (count != kPixels) fail("fitting an image to the input");
    tensor_ = std::make_unique<TensorImpl>(executorch::aten::ScalarType::Float, sizes_.size(), sizes_.data(), input_,
                                           order_.data());
  }

  void set_input(const uint8_t* pixels) {
    for (size_t at = 0; at < kPixels; ++at) input_[at] = static_cast<float>(pixels[at]) * (1.0f / 255.0f);
    must_be_ok("setting the input", method_->set_input(EValue(Tensor(tensor_.get())), 0));
  }

  void execute() { must_be_ok("executing", method_->execute()); }

  void print_output() {
    const Tensor output = method_->get_output(0).toTensor();
    for (ssize_t at = 0; at < output.numel(); ++at) std::printf("%.9g ", output.const_data_ptr<float>()[at]);
    std::puts("");
  }

 private:
  FileDataLoader loader_;
  Program program_;
  MallocMemoryAllocator allocator_, temporary_;
  std::vector<std::unique_ptr<uint8_t[]>> buffers_;
  std::vector<Span<uint8_t>> spans_;
  std::unique_ptr<HierarchicalAllocator> planned_;
  std::unique_ptr<MemoryManager> manager_;
  std::unique_ptr<Method> method_;
  std::vector<TensorImpl::SizesType> sizes_;
  std::vector<TensorImpl::DimOrderType> order_;
  float input_[kPixels];
  std::unique_ptr<TensorImpl> tensor_;
};

uint64_t now_ns() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000000u + static_cast<uint64_t>(now.tv_nsec);
}

void infer(Network& network, const uint8_t* pixels) {
  network.set_input(pixels);
  network.execute();
}

template <typename Inference>
void time_runs(unsigned long warm_up, unsigned long runs, Inference inference) {
  std::vector<uint64_t> times(runs);
  for (unsigned long at = 0; at < warm_up; ++at) inference();
  for (uint64_t& time : times) {
    const uint64_t start = now_ns();
    inference();
    time = now_ns() - start;
  }
  for (const uint64_t time : times) std::printf("%llu ", static_cast<unsigned long long>(time));
  std::puts("");
}

void serve(Network& network, const uint8_t* pixels) {
  char line[100], what[20];
  while (std::fgets(line, sizeof line, stdin)) {
    unsigned long warm_up = 0, runs = 0;
    const int fields = std::sscanf(line, "%19s %lu %lu", what, &warm_up, &runs);
    const bool times = fields == 3 && warm_up <= kMostRuns && runs <= kMostRuns;
    if (times && std::string(what) == "time-all") {
      time_runs(warm_up, runs, [&] { infer(network, pixels); });
    } else if (times && std::string(what) == "time-execute") {
      network.set_input(pixels);
      time_runs(warm_up, runs, [&] { network.execute(); });
    } else if (fields == 1 && std::string(what) == "output") {
      infer(network, pixels);
      network.print_output();
    } else {
      fail("understanding a command");
    }
    std::fflush(stdout);
  }
}

void read_image(const char* path, uint8_t* pixels) {
  std::FILE* const file = std::fopen(path, "rb");
  if (!file || std::fread(pixels, 1, kPixels, file) != kPixels) fail("reading the image");
  std::fclose(file);
}

}  // namespace

int main(int count, char** options) {
  if (count != 3 && count != 5) {
    std::fputs("use: runner MODEL.pte IMAGE [all|execute COUNT]\n", stderr);
    return 2;
  }
  executorch::runtime::runtime_init();
  executorch::extension::threadpool::get_threadpool()->_unsafe_reset_threadpool(1);
  uint8_t pixels[kPixels];
  read_image(options[2], pixels);
  Network network(options[1]);
  if (count == 3) {
    serve(network, pixels);
  } else {
    const bool all = std::string(options[3]) == "all";
    network.set_input(pixels);
    for (unsigned long left = std::strtoul(options[4], nullptr, 10); left; --left) {
      if (all) network.set_input(pixels);
      network.execute();
    }
  }
  return 0;
}
