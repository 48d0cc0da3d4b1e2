#ifndef BOX_WINDOW_H
#define BOX_WINDOW_H

/*
 * Corrects constants of libkrun 1.17.4, in the build that box downloads: makes TSI work with guest kernels from 6.12.68 on,
 * and the file server show changes made on the host. Other builds are left alone. SYMBOL is one of the library's functions.
 */
void correct_constants(void *symbol);

#endif
