#include "tests/fakes/make_gif.h"

#include <stdint.h>

void make_gif_head(FILE *file, const char colors[12])
{
    fwrite("GIF89a\4\0\4\0\x91\0\0", 1, 13, file);
    fwrite(colors, 1, 12, file);
}

/** Codes of 3 bits: a clear code before each pixel, the end behind the last. */
void make_gif_frame(FILE *file, int delay_cs, int color)
{
    const uint8_t head[] = {0x21, 0xf9, 4, 0, (uint8_t)delay_cs, 0, 0, 0, 0x2c, 0, 0, 0, 0, 4, 0,
                            4,    0,    0, 2};
    uint8_t data[16] = {0};
    size_t bit = 0;
    fwrite(head, 1, sizeof head, file);
    for (int i = 0; i < 33; i++) {
        int code = i == 32 ? 5 : i % 2 ? color : 4;
        for (int b = 0; b < 3; b++, bit++)
            data[bit / 8] |= (uint8_t)((code >> b & 1) << bit % 8);
    }
    fputc((int)(bit + 7) / 8, file);
    fwrite(data, 1, (bit + 7) / 8, file);
    fputc(0, file);
}
