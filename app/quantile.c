/**
 * @file
 * Source: C. A. R. Hoare, "Algorithm 65: Find", Communications of the ACM 4(7), 1961.
 */
#include "app/quantile.h"

float quantile(float *values, int count, double share)
{
    int wanted = (int)(share * (count - 1) + 0.5);
    int low = 0, high = count - 1;
    while (low < high) {
        float pivot = values[wanted];
        int i = low, j = high;
        while (i <= j) {
            while (values[i] < pivot)
                i++;
            while (values[j] > pivot)
                j--;
            if (i <= j) {
                float swap = values[i];
                values[i++] = values[j];
                values[j--] = swap;
            }
        }
        if (j < wanted)
            low = i;
        if (wanted < i)
            high = j;
    }
    return values[wanted];
}
