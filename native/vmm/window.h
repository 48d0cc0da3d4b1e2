#ifndef BOX_WINDOW_H
#define BOX_WINDOW_H

/*
 * Makes TSI of libkrun 1.17.4, as box fetches it, get along with guest kernels from 6.12.68 on; leaves any other build of
 * the library as it is. SYMBOL is one of its functions.
 */
void fit_window(void *symbol);

#endif
