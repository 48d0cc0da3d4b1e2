// Written by `npm run protocol` from src/vm/protocol/control/table.ts.
#ifndef CONTROL_PROTOCOL_H
#define CONTROL_PROTOCOL_H

enum {
    CONTROL_VERSION = 1,
    WIRE_HEADER = 5,
    WIRE_MOST = 8388608,
};

enum kind {
    KIND_JSON = 0,
    KIND_STDIN = 1,
    KIND_STDOUT = 2,
    KIND_STDERR = 3,
    KIND_WINDOW = 4,
};

#endif
