#include <assert.h>
#include <stdbool.h>
bool has_close_elements(const double *numbers, int count, double threshold);
