#include "verbs.h"

#include "die.h"
#include "join.h"

#include <stdio.h>

int change_box(char **words) {
    static struct networks networks;
    for (; *words != NULL; words += 2) {
        if (words[1] == NULL) die("change: %s needs a value", *words);
        if (!take_network_option(&networks, words[0], words[1])) die("change: unknown option %s", *words);
    }
    check_networks(&networks, HELLO_CHANGE);
    struct place_on_switch place = change_networks(&networks);
    if (puts(place.text) < 0 || fflush(stdout) != 0) die_errno("cannot print the addresses");
    return 0;
}
