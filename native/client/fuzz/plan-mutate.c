/* Seeds: a plan, with and without holes, and one for a pool. */
#include "../../fuzz/mutate.h"

const struct mutation mutation = {
    .max_input = 1 << 12,
    .max_edits = 4,
    .max_run = 16,
    INTERESTING("\0\1KHSQTBREUILhwPAfCVNP0\n\xff"),
};

#define REST "S/run\0Qcalm witty\0Theron\0R{\"record\":\1R}\0U/layer\0I/image\0L/lock\0h/lease\0w/helper\0wlaunch\0"

void make_seeds(void) {
    static const char PLAIN[] = REST "Kkey\0H/home\0B{}\0E{}\0fa/absent\n";
    static const char HOLES[] = REST "Kkey\0H/home\0B[\"\1I\",\"\1N\",\1C,\"A=\1V1\"]\0E{\"time\":\"\1T\"}\0"
                                     "w--request\0w\1L\0w/run/\1S.sock\0ff/file\n1 2 3\0f6\n1";
    static const char POOLED[] = "S/run\0Qcalm\0Theron\0R{\"record\":\1R}\0U/layer\0L/lock\0h/lease\0"
                                 "Kkey\0H/home\0B{}\0E{}\0fa/absent\n\0Pci\0A{\"op\":\"take\"}";
    add(new_seed(), PLAIN, sizeof PLAIN);
    add(new_seed(), POOLED, sizeof POOLED);
    add(new_seed(), HOLES, sizeof HOLES);
}
