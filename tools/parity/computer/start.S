/* Where the boot loader starts: to 64 bits, with AVX-512 switched on, and on to `run`; and where system calls arrive. */
.set HEADER_FLAGS, 0x00010003
.section .head, "awx"
.code32
header:
    .long 0x1BADB002, HEADER_FLAGS, -(0x1BADB002 + HEADER_FLAGS)
    .long header, header, image_end, memory_end, start32
.global start32
start32:
    cld
    mov %ebx, %esi
    movl $pml4, %edi
    movl $pdpt + 7, (%edi)
    movl $pdpt, %edi
    movl $pages + 7, (%edi)
    movl $pages, %edi
    movl $0x87, %eax
    movl $512, %ecx
1:  movl %eax, (%edi)
    addl $8, %edi
    addl $0x200000, %eax
    loop 1b
    movl $0x50620, %eax /* CR4: PAE, OSFXSR, OSXMMEXCPT, FSGSBASE, OSXSAVE */
    movl %eax, %cr4
    movl $pml4, %eax
    movl %eax, %cr3
    movl $0xC0000080, %ecx /* EFER: SCE, LME */
    rdmsr
    orl $0x101, %eax
    wrmsr
    movl $0x80000013, %eax /* CR0: PG, ET, MP, PE; no EM, no TS */
    movl %eax, %cr0
    lgdt gdt_pointer
    ljmp $8, $start64
.code64
start64:
    xorl %eax, %eax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    xorl %ecx, %ecx
    xorl %edx, %edx
    movl $0xE7, %eax /* XCR0: x87, SSE, AVX, AVX-512 */
    xsetbv
    movl $0xC0000082, %ecx /* LSTAR */
    movl $system_call, %eax
    xorl %edx, %edx
    wrmsr
    movl $0xC0000081, %ecx /* STAR: stay in ring 0; nothing returns by sysret */
    xorl %eax, %eax
    movl $0x00080008, %edx
    wrmsr
    movl $0xC0000084, %ecx
    xorl %eax, %eax
    xorl %edx, %edx
    wrmsr
    movl $stack_end, %esp
    movl %esi, %edi
    call run
    hlt
.global enter
enter: /* rdi: entry, rsi: stack */
    movq %rsi, %rsp
    xorl %edx, %edx
    xorl %ebp, %ebp
    jmp *%rdi
system_call:
    movq %rsp, saved_stack
    movl $stack_end, %esp
    pushq %rcx
    pushq %rdi
    pushq %rsi
    pushq %rdx
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    movq %rdx, %rcx
    movq %rsi, %rdx
    movq %rdi, %rsi
    movq %rax, %rdi
    call answer
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rdx
    popq %rsi
    popq %rdi
    popq %rcx
    movq saved_stack, %rsp
    jmp *%rcx
.align 8
gdt: .quad 0, 0x00AF9A000000FFFF, 0x00CF92000000FFFF
gdt_pointer: .word 23
    .long gdt
saved_stack: .quad 0
.section .bss
.align 4096
pml4: .skip 4096
pdpt: .skip 4096
pages: .skip 4096
    .skip 65536
stack_end:
.section .note.GNU-stack, "", @progbits
