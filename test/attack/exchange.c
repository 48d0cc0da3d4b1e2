// Swaps the files at two paths as fast as it can, until it is killed. Prints a line once it has begun.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

int main(int count, char **words) {
    if (count != 3) return 2;
    for (unsigned long done = 0;; done++) {
        if (syscall(SYS_renameat2, AT_FDCWD, words[1], AT_FDCWD, words[2], RENAME_EXCHANGE) < 0) {
            perror("exchange");
            return 1;
        }
        if (done == 0 && (puts("exchanging") < 0 || fflush(stdout) != 0)) return 1;
    }
}
