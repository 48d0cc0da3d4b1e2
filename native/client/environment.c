#include "environment.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char PREFIX[] = "BOX_CALLER_";

static bool affects_node(const char *entry) {
    static const char *const PREFIXES[] = {PREFIX, "NODE_", "OPENSSL_", "SSL_CERT_", "UV_"};
    static const char *const NAMES[] = {"CTLOG_FILE=", "ICU_DATA=", "NIX_SSL_CERT_FILE=", "WATCH_REPORT_DEPENDENCIES="};
    for (size_t i = 0; i < sizeof PREFIXES / sizeof PREFIXES[0]; i++)
        if (strncmp(entry, PREFIXES[i], strlen(PREFIXES[i])) == 0) return true;
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++)
        if (strncmp(entry, NAMES[i], strlen(NAMES[i])) == 0) return true;
    return false;
}

char **rename_node_variables(char *const *environment) {
    size_t count = 0;
    while (environment[count] != NULL) count++;
    char **own = calloc(count + 1, sizeof *own);
    if (own == NULL) return NULL;
    for (size_t i = 0; i < count; i++) {
        own[i] = environment[i];
        if (affects_node(environment[i]) && asprintf(&own[i], "%s%s", PREFIX, environment[i]) < 0) return NULL;
    }
    return own;
}

char **without_node_variables(char *const *environment) {
    size_t count = 0, kept = 0;
    while (environment[count] != NULL) count++;
    char **own = calloc(count + 1, sizeof *own);
    for (size_t i = 0; i < count && own != NULL; i++)
        if (!affects_node(environment[i])) own[kept++] = environment[i];
    return own;
}
