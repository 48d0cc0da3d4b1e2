// Finds a virtio-serial port by its name.
#ifndef PORT_FIND_H
#define PORT_FIND_H

// Waits until the port exists and opens it (blocking, close-on-exec). Its vportNpM name differs between VMMs.
int port_find(const char *name);

#endif
