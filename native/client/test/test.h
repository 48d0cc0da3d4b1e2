#ifndef BOX_CLIENT_TEST_H
#define BOX_CLIENT_TEST_H

#include <stdbool.h>

/* Reports what does not hold. */
void expect(bool holds, const char *what);

#define WORDS(...) ((char *[]){__VA_ARGS__, NULL})

/* Command lines of `box run`, plans, and what they are filled with. */
void test_plans(void);

#endif
