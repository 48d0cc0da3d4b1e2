#ifndef BOX_WINDOW_H
#define BOX_WINDOW_H

/*
 * Makes TSI of libkrun 1.17.4, as box fetches it, get along with guest kernels from 6.12.68 on, and its file server show
 * what the host changes; leaves any other build of the library as it is. SYMBOL is one of its functions.
 */
void correct_constants(void *symbol);

#endif
