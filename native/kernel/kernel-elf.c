/*
 * Writes libkrunfw's guest kernel as an ELF file that libkrun and QEMU both boot.
 *
 * libkrunfw provides a flat image with a 64-bit entry point. libkrun loads ELF files and jumps to e_entry; QEMU's
 * microvm needs a PVH entry point, which it finds in a PT_NOTE segment (owner "Xen", type 18). The image already
 * contains this note; it only lacks a program header.
 *
 * usage: kernel-elf LIBKRUNFW OUT
 */
#include "../common/die.h"

#include <dlfcn.h>
#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { XEN_ELFNOTE_PHYS32_ENTRY = 18, PAGE = 4096 };

typedef char *get_kernel_fn(uint64_t *load, uint64_t *entry, size_t *size);

struct kernel {
    const char *image;
    uint64_t load, entry;
    size_t size;
};

struct pvh_note {
    uint32_t name_size, value_size, type;
    char name[4];
    uint32_t entry;
};

struct elf_head {
    Elf64_Ehdr file;
    Elf64_Phdr load, note;
    struct pvh_note pvh;
};

static void load_kernel(const char *path, struct kernel *kernel) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) die("%s", dlerror());
    void *symbol = dlsym(library, "krunfw_get_kernel");
    if (!symbol) die("%s has no krunfw_get_kernel", path);
    get_kernel_fn *get_kernel;
    memcpy(&get_kernel, &symbol, sizeof get_kernel); /* ISO C has no cast from object to function pointer */
    kernel->image = get_kernel(&kernel->load, &kernel->entry, &kernel->size);
    if (!kernel->image || kernel->size < PAGE || kernel->entry < kernel->load ||
        kernel->entry - kernel->load >= kernel->size) {
        die("%s contains no kernel", path);
    }
}

/* The format of the note: header, "Xen\0", address of 4 or 8 bytes. */
static uint32_t find_pvh_entry(const struct kernel *kernel) {
    for (size_t at = 0; at + sizeof(struct pvh_note) <= kernel->size; at += 4) {
        struct pvh_note note;
        memcpy(&note, kernel->image + at, sizeof note);
        if (note.name_size == 4 && (note.value_size == 4 || note.value_size == 8) &&
            note.type == XEN_ELFNOTE_PHYS32_ENTRY && memcmp(note.name, "Xen", 4) == 0 && note.entry >= kernel->load &&
            note.entry - kernel->load < kernel->size) {
            return note.entry;
        }
    }
    die("the kernel has no PVH entry point");
}

static struct elf_head make_head(const struct kernel *kernel, uint32_t pvh_entry) {
    struct elf_head head = {
        .file =
            {
                .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                .e_type = ET_EXEC,
                .e_machine = EM_X86_64,
                .e_version = EV_CURRENT,
                .e_entry = kernel->entry,
                .e_phoff = offsetof(struct elf_head, load),
                .e_ehsize = sizeof(Elf64_Ehdr),
                .e_phentsize = sizeof(Elf64_Phdr),
                .e_phnum = 2,
            },
        .load =
            {
                .p_type = PT_LOAD,
                .p_flags = PF_R | PF_W | PF_X,
                .p_offset = PAGE,
                .p_vaddr = kernel->load,
                .p_paddr = kernel->load,
                .p_filesz = kernel->size,
                .p_memsz = kernel->size,
                .p_align = PAGE,
            },
        .note =
            {
                .p_type = PT_NOTE,
                .p_flags = PF_R,
                .p_offset = offsetof(struct elf_head, pvh),
                .p_filesz = sizeof(struct pvh_note),
                .p_memsz = sizeof(struct pvh_note),
                .p_align = 4,
            },
        .pvh = {4, 4, XEN_ELFNOTE_PHYS32_ENTRY, "Xen", pvh_entry},
    };
    return head;
}

static void write_elf(const char *path, const struct kernel *kernel, uint32_t pvh_entry) {
    char first[PAGE] = {0};
    const struct elf_head head = make_head(kernel, pvh_entry);
    _Static_assert(sizeof head <= sizeof first, "the headers fit into one page");
    memcpy(first, &head, sizeof head);
    FILE *out = fopen(path, "wbe");
    if (!out) die_errno("cannot create %s", path);
    int written = fwrite(first, sizeof first, 1, out) == 1 && fwrite(kernel->image, kernel->size, 1, out) == 1;
    if (fclose(out) != 0 || !written) die_errno("cannot write %s", path);
}

int main(int argc, char **argv) {
    struct kernel kernel;
    if (argc != 3) die("usage: kernel-elf LIBKRUNFW OUT");
    load_kernel(argv[1], &kernel);
    write_elf(argv[2], &kernel, find_pvh_entry(&kernel));
    return 0;
}
