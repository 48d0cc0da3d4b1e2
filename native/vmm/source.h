#ifndef BOX_SOURCE_H
#define BOX_SOURCE_H

/*
 * Opens the folder or file of a volume, by its absolute path, without following a link; for the mount namespace that
 * the calling process is in. Ends the process when it cannot, with a message that names a link on the way.
 */
int open_source(const char *source);

#endif
