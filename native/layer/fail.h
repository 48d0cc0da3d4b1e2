#ifndef BOX_LAYER_FAIL_H
#define BOX_LAYER_FAIL_H

#include "../common/die.h"

/* Why a layer failed, as sent over the wire (docs/layer-helper.md). */
#define FAIL_DATA "data"     /* the data cannot be decompressed */
#define FAIL_ROOM "room"     /* the disk is nearly full */
#define FAIL_SYSTEM "system" /* followed by the name of an errno */

/* Answers `failed KIND TEXT` and exits, because the rest of the layer would be read as the next request. */
_Noreturn void fail(const char *kind, const char *text);

/* Fails with FAIL_SYSTEM and errno's name. */
_Noreturn void fail_errno(void);

#endif
