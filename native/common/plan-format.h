// Written by `npm run protocol` from src/engine/plan/table.ts.
#ifndef PLAN_FORMAT_H
#define PLAN_FORMAT_H

enum {
    HOLE_MARK = 1,
    PLAN_VERSION = 3,
};

enum plan_field {
    PLAN_KEY = 75,
    PLAN_HOME = 72,
    PLAN_RUNTIME = 83,
    PLAN_QUALITIES = 81,
    PLAN_THINGS = 84,
    PLAN_RECORD = 66,
    PLAN_REQUEST = 82,
    PLAN_EVENT = 69,
    PLAN_LAYER = 85,
    PLAN_USED = 73,
    PLAN_REMOVAL = 76,
    PLAN_LEASE = 104,
    PLAN_WORD = 119,
    PLAN_POOL = 80,
    PLAN_ASK = 65,
    PLAN_WITNESS = 102,
    PLAN_WAY = 89,
};

enum hole {
    HOLE_ID = 73,
    HOLE_SHORT = 83,
    HOLE_NAME = 78,
    HOLE_TIME = 84,
    HOLE_PROCESS = 80,
    HOLE_COMMAND = 67,
    HOLE_VALUE = 86,
    HOLE_RECORD = 82,
    HOLE_LENGTH = 76,
};

enum witness_kind {
    WITNESS_ABSENT = 97,
    WITNESS_CONTENT = 99,
    WITNESS_FILE = 102,
    WITNESS_SIZE = 115,
    WITNESS_OWNER = 111,
    WITNESS_DEVICE = 100,
    WITNESS_IPV6 = 54,
    WITNESS_RECENT = 114,
    WITNESS_STALE = 116,
    WITNESS_EMPTY = 101,
};

#endif
