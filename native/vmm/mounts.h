#ifndef BOX_MOUNTS_H
#define BOX_MOUNTS_H

#include <stdbool.h>
#include <stdint.h>

/* The system calls for mounts, of which not every C library has all. */

/* <sys/mount.h> cannot be included beside <linux/mount.h>. */
int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);
int umount2(const char *target, int flags);
#ifndef MS_REC
#define MS_REC 16384
#define MS_PRIVATE (1 << 18)
#define MS_SLAVE (1 << 19)
#define MS_NOSUID 2
#define MS_NODEV 4
#define MS_NOEXEC 8
#endif
#ifndef MNT_DETACH
#define MNT_DETACH 2
#endif

/* A copy of the mounts at PATH and below, attached nowhere yet; -1 and errno. */
int copy_mounts(const char *path);

/* The same for what is open; it must have been opened in this process's mount namespace. */
int copy_open(int fd);

/* Sets MOUNT_ATTR_… on the mounts of a copy, and makes them private. False, and errno, when the kernel refuses. */
bool restrict_mounts(int copy, uint64_t attributes);

/* The same for the one mount of a descriptor. */
bool restrict_mount(int fd, uint64_t attributes);

/* Attaches a copy to what PLACE has open. False, and errno, when the kernel refuses. */
bool attach_mounts(int copy, int place);

#endif
