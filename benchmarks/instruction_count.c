/* A plugin for QEMU's user emulation that counts executed instructions and writes the number to a file.
 *
 * Use: qemu-aarch64 -plugin libcount.so,out=FILE PROGRAM. For QEMU 7.2 to 8.2, whose plugins are of API version 1
 * (qemu-plugin.h); Debian ships no header for it, so what is used of it is declared here. One thread: the counter is
 * not atomic.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

struct qemu_plugin_tb; /* a translated block of the guest's code */

enum inline_operation { ADD_U64 };

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *block, enum inline_operation operation, void *at,
                                              uint64_t number);
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, void (*translated)(uint64_t, struct qemu_plugin_tb *));
void qemu_plugin_register_atexit_cb(uint64_t id, void (*ended)(uint64_t, void *), void *with);

extern int qemu_plugin_version;
int qemu_plugin_install(uint64_t id, const void *info, int count, char **options);

EXPORT int qemu_plugin_version = 1;

static uint64_t executed;
static char out_file[4096];

static void translated(uint64_t id, struct qemu_plugin_tb *block)
{
    (void)id;
    qemu_plugin_register_vcpu_tb_exec_inline(block, ADD_U64, &executed, qemu_plugin_tb_n_insns(block));
}

static void ended(uint64_t id, void *with)
{
    (void)id, (void)with;
    FILE *const file = fopen(out_file, "w");
    if (file) {
        fprintf(file, "%llu\n", (unsigned long long)executed);
        fclose(file);
    }
}

EXPORT int qemu_plugin_install(uint64_t id, const void *info, int count, char **options)
{
    (void)info;
    if (count != 1 || strncmp(options[0], "out=", 4) != 0 || strlen(options[0] + 4) >= sizeof out_file) {
        fputs("the plugin needs one option: out=FILE\n", stderr);
        return 1;
    }
    strcpy(out_file, options[0] + 4);
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, ended, NULL);
    return 0;
}
