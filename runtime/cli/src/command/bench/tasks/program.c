#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

bool has_close_elements(const double *numbers, int count, double threshold) {
    double *ordered = malloc((count + 1) * sizeof *ordered);
    memcpy(ordered, numbers, count * sizeof *ordered);
    qsort(ordered, count, sizeof *ordered, ascending);
    bool close = false;
    for (int i = 1; i < count; ++i) close |= ordered[i] - ordered[i - 1] < threshold;
    free(ordered);
    return close;
}
