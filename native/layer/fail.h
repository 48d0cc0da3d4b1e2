#ifndef BOX_LAYER_FAIL_H
#define BOX_LAYER_FAIL_H

#include "../common/die.h"

/* Why a layer is not taken; the words go over the wire (docs/layer-helper.md). */
#define FAIL_DATA "data"     /* what came cannot be decompressed */
#define FAIL_ROOM "room"     /* the disk would soon be full */
#define FAIL_SYSTEM "system" /* the name of an errno */

/* Answers `failed KIND TEXT` and ends the process: what is left of the layer would be read as the next one. */
_Noreturn void fail(const char *kind, const char *text);

/* The same with errno's name. */
_Noreturn void fail_errno(void);

#endif
