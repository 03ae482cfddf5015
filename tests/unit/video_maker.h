#pragma once

/**
 * @file
 * What the tests of video files share: pictures that carry their number in bars, which survive any
 * encoder, and videos made of them by the module's writer.
 */

#include "processing/clock.h"
#include "tests/unit/video_files.h"

#include <errno.h>
#include <limits.h>

#define COUNT(ARRAY) (sizeof(ARRAY) / sizeof *(ARRAY))

enum { WIDE = 96, HIGH = 64, BITS = 10, MOST_PIXELS = 256 * 256 };

static uint8_t made[MOST_PIXELS];

/** A bar a bit, light for 1, and one on top that is always light. */
static inline struct video_picture numbered(int number, int width, int height)
{
    for (int y = 0; y < height; y++) {
        int bit = y * (BITS + 1) / height;
        bool light = bit == 0 || (number >> (bit - 1) & 1);
        memset(made + y * width, light && width > 1 ? 255 : 0, (size_t)width);
    }
    return (struct video_picture){made, width, height, width};
}

static inline int luma_at(const struct frame *frame, int x, int y)
{
    assert_true(frame->format == PIXEL_I420 || frame->format == PIXEL_GRAY8);
    return frame->data[0][y * frame->stride[0] + x];
}

static inline int number_in(const struct frame *frame)
{
    int number = 0;
    for (int bit = 0; bit < BITS; bit++) {
        int y = (2 * bit + 3) * frame->height / (2 * (BITS + 1));
        number |= (luma_at(frame, frame->width / 2, y) > 127) << bit;
    }
    return number;
}

static inline struct video_writer *open_writer(struct video_config config)
{
    struct video_writer *writer;
    struct error err = {""};
    if (!config.width) {
        config.width = WIDE;
        config.height = HIGH;
    }
    if (media->writing.open(&writer, &config, NULL, &err) < 0)
        fail_msg("%s", err.text);
    return writer;
}

static inline void put(struct video_writer *writer, struct video_picture picture, int64_t pts_ns)
{
    struct error err = {""};
    if (media->writing.put(writer, &picture, pts_ns, &err) < 0)
        fail_msg("%s", err.text);
}

static inline struct video_report finish(struct video_writer *writer)
{
    struct video_report report;
    struct error err = {""};
    if (media->writing.finish(&writer, true, &report, &err) < 0)
        fail_msg("%s", err.text);
    assert_null(writer);
    return report;
}

/** Pictures 0 to count - 1, config.fps a second. */
static inline struct video_report make_video(struct video_config config, int count)
{
    struct video_writer *writer = open_writer(config);
    for (int n = 0; n < count; n++)
        put(writer,
            numbered(n, config.width ? config.width : WIDE, config.height ? config.height : HIGH),
            (int64_t)(n * (double)NS_PER_S / config.fps));
    return finish(writer);
}

/** What is in a file. */
struct seen {
    int count;
    int numbers[1 << BITS];
    int64_t times_ns[1 << BITS];
    int width, height;
};

static struct seen seen;

static inline void look_at(const char *path, struct source_config config)
{
    config.fps = -1;
    struct source *source = open_kind(media->video, path, config);
    struct loan loan;
    seen = (struct seen){.width = source->info.width, .height = source->info.height};
    int code;
    while ((code = source_acquire(source, SOON_MS, &loan, NULL)) != -ENODATA) {
        assert_true(code == 0 || code == -EAGAIN);
        if (code < 0)
            continue;
        assert_true(seen.count < 1 << BITS);
        seen.numbers[seen.count] = number_in(&loan.frame);
        seen.times_ns[seen.count++] = loan.frame.time_ns;
        source_release(&loan);
    }
    source_close(&source);
}

static inline void assert_near_ns(int64_t got, int64_t wanted, int64_t slack)
{
    if (got < wanted - slack || got > wanted + slack)
        fail_msg("%.6f s, not %.6f s", (double)got / NS_PER_S, (double)wanted / NS_PER_S);
}

/** The files in the folder. */
static inline int files_left(void)
{
    char command[128], answer[16] = "";
    snprintf(command, sizeof command, "find '%s' -type f | wc -l", folder.path);
    FILE *pipe = popen(command, "r");
    assert_non_null(fgets(answer, sizeof answer, pipe));
    pclose(pipe);
    return atoi(answer);
}
