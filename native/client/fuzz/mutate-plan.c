/* Seeds: a plan, with and without holes, and one for a pool. */
#include "../../fuzz/mutate.h"

const struct mutation mutation = {
    .max_input = 1 << 12,
    .max_edits = 4,
    .max_run = 16,
    INTERESTING("\0\1KHSQTBREUILhwPAfYCVNP0\n\xff"),
};

#define REST "S/run\0Qcalm witty\0Theron\0I/image\0L/lock\0h/lease\0"
#define WAY "Y\0U/layer\0R{\"record\":\1R}\0w/helper\0wlaunch"

void make_seeds(void) {
    static const char PLAIN[] = REST "Kkey\0H/home\0B{}\0E{}\0fa/absent\n\0" WAY;
    static const char HOLES[] =
        REST "Kkey\0H/home\0B[\"\1I\",\"\1N\",\1C,\"A=\1V1\"]\0E{\"time\":\"\1T\"}\0"
             "ff/file\n1 2 3\0f6\n1\0" WAY "\0fr/file\n9\0" WAY "\0w--request\0w\1L\0w/run/\1S.sock";
    static const char POOLED[] = "S/run\0Qcalm\0Theron\0L/lock\0h/lease\0"
                                 "Kkey\0H/home\0B{}\0E{}\0fa/absent\n\0Pci\0A{\"op\":\"take\"}\0Y\0U/layer\0R{}";
    add(new_seed(), PLAIN, sizeof PLAIN);
    add(new_seed(), POOLED, sizeof POOLED);
    add(new_seed(), HOLES, sizeof HOLES);
}
