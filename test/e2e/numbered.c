// Prints the number compiled into it.
#include <stdio.h>

__attribute__((noinline)) static unsigned number(void) {
    unsigned value;
    __asm__ volatile("movl $0x12345678, %0" : "=r"(value));
    return value;
}

int main(void) {
    printf("%u\n", number());
    return 0;
}
