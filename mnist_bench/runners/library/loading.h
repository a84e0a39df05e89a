/* What differs between operating systems where shared libraries are opened, and for what they need. */
#ifndef MNIST_BENCH_LOADING_H
#define MNIST_BENCH_LOADING_H

/* Turn the words of the command line into UTF-8, which they are everywhere but on Windows. */
void take_utf8_words(int count, char **words);

/* Set a variable of the environment to 1, for the libraries that are opened behind it. */
void set_variable(const char *name);

/* The open library at `path`, in UTF-8; NULL where it cannot be opened, and `*why` then says so in a few words. */
void *load_library(const char *path, const char **why);

/* The function of that name; NULL where the library has none. */
void *find_in_library(void *library, const char *name);

#endif
