#include "port_find.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../common/cleanup.h"
#include "die.h"

static const char PORTS[] = "/sys/class/virtio-ports";

static bool has_name(const char *entry, const char *name) {
    char path[300];
    char found[64];
    (void)snprintf(path, sizeof path, "%s/%s/name", PORTS, entry);
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, found, sizeof found - 1);
    if (length <= 0) return false;
    found[length] = '\0';
    found[strcspn(found, "\n")] = '\0';
    return strcmp(found, name) == 0;
}

static int try_open(const char *name) {
    cleanup_dir DIR *ports = opendir(PORTS);
    if (!ports) return -1;
    int fd = -1;
    const struct dirent *entry;
    while (fd < 0 && (entry = readdir(ports))) {
        if (entry->d_name[0] == '.' || !has_name(entry->d_name, name)) continue;
        char path[300];
        (void)snprintf(path, sizeof path, "/dev/%s", entry->d_name);
        fd = open(path, O_RDWR | O_CLOEXEC);
        if (fd < 0 && errno != ENOENT) die("failed", "cannot open %s: %s", path, strerror(errno));
    }
    return fd;
}

int port_find(const char *name) {
    // The kernel announces a port, and later its name when the host has sent it: listen before looking.
    cleanup_close int events = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = 1};
    if (events < 0 || bind(events, (const struct sockaddr *)&address, sizeof address) < 0) {
        die("failed", "cannot listen for devices: %s", strerror(errno));
    }
    int fd;
    while ((fd = try_open(name)) < 0) {
        struct pollfd wait = {.fd = events, .events = POLLIN};
        // The limit only matters if an event was lost.
        if (poll(&wait, 1, 1000) < 0 && errno != EINTR) die("failed", "poll: %s", strerror(errno));
        char event[4096];
        while (recv(events, event, sizeof event, 0) > 0) continue;
    }
    return fd;
}
