// Finds a virtio-serial port by its name.
#ifndef PORT_FIND_H
#define PORT_FIND_H

// Waits until the port is there, and opens it (blocking, close-on-exec). Which vportNpM it is differs between VMMs.
int port_find(const char *name);

#endif
