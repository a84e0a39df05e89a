/* Of Android's <dirent.h>, what the library runner needs. */
#ifndef MNIST_BENCH_BIONIC_DIRENT_H
#define MNIST_BENCH_BIONIC_DIRENT_H

#include <stdint.h>

typedef struct directory DIR;

struct dirent { /* the kernel's linux_dirent64 */
    uint64_t d_ino;
    int64_t d_off;
    unsigned short d_reclen;
    unsigned char d_type;
    char d_name[256];
};

DIR *opendir(const char *path);
struct dirent *readdir(DIR *folder);
int closedir(DIR *folder);

#endif
