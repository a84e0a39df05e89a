"""ExecuTorch, the peer that the native runner is measured against: installed apart, exported to, built, and run.

It is no dependency of mnist-bench. Its wheel is also a C++ SDK: `runner.cpp` is compiled against it, so that what is
compared is one C++ program with XNNPACK's kernels against one C program.
"""
