#ifndef BOX_MOUNTS_H
#define BOX_MOUNTS_H

#include <stdbool.h>
#include <stdint.h>

/* Wrappers for mount system calls, some of which are missing in older C libraries. */

/* <sys/mount.h> cannot be included together with <linux/mount.h>. */
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

/* Returns a detached copy of the mounts at PATH and below; -1, with errno set, on failure. */
int copy_mounts(const char *path);

/* Like copy_mounts(), for a descriptor, which must have been opened in this process's mount namespace. */
int copy_open(int fd);

/* Sets MOUNT_ATTR_… on the mounts of a copy, and makes them private. Returns false, with errno set, on failure. */
bool restrict_mounts(int copy, uint64_t attributes);

/* Like restrict_mounts(), for the single mount of a descriptor. */
bool restrict_mount(int fd, uint64_t attributes);

/* Attaches a copy at the open file or directory PLACE. Returns false, with errno set, on failure. */
bool attach_mounts(int copy, int place);

#endif
