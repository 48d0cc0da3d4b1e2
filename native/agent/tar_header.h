// The header block of a tar entry: ustar (POSIX).
#ifndef TAR_HEADER_H
#define TAR_HEADER_H

enum { TAR_BLOCK = 512, TAR_NAME_BYTES = 100 };

// Numbers are octal digits; strings end with a NUL or at the end of their field.
struct tar_header {
    char name[TAR_NAME_BYTES];
    char mode[8], uid[8], gid[8];
    char size[12], mtime[12];
    char checksum[8];
    // '0' file, '1' hard link, '2' symbolic link, '3' and '4' devices, '5' directory, '6' FIFO; others are extension
    // headers.
    char type;
    char target[TAR_NAME_BYTES];
    char magic[6], version[2];
    char user[32], group[32];
    char major[8], minor[8];
    // Prefix of the name, joined with a slash.
    char prefix[155];
    char rest[12];
};
_Static_assert(sizeof(struct tar_header) == TAR_BLOCK, "a header is one block");

#endif
