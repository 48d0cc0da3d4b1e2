#ifndef BOX_PRELOADED_H
#define BOX_PRELOADED_H

/* Preloads LIBRARY into the program that this process executes next. */
void preload(const char *library);

#endif
