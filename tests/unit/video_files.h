#pragma once

/**
 * @file
 * What the tests of the media module share: raw videos whose every sample is known (YUV4MPEG2:
 * planes behind a text header), a folder to put them in, the loaded module.
 */

#include "app/media.h"
#include "tests/unit/picture_files.h"

enum { SOON_MS = 10000 };

static struct folder folder;
static const struct media_module *media;

static inline const char *in(const char *name)
{
    return in_folder(&folder, name);
}

static inline int set_up(void **state)
{
    (void)state;
    struct error err;
    folder_make(&folder);
    media = media_load(&err);
    if (!media)
        print_error("%s\n", err.text);
    return media ? 0 : -1;
}

static inline int tear_down(void **state)
{
    (void)state;
    folder_remove(&folder);
    return 0;
}

struct y4m {
    int width, height, frames, fps;
    const char *format;              ///< as in the header: "C420jpeg XCOLORRANGE=FULL"
    int chroma_width, chroma_height; ///< 0: none
};

static inline uint8_t y4m_sample(int frame, int plane, int x, int y)
{
    return (uint8_t)(made_sample(x, y, plane) + frame * 16);
}

static inline void put_plane(FILE *file, int frame, int plane, int width, int height)
{
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            fputc(y4m_sample(frame, plane, x, y), file);
}

static inline void make_y4m(const char *path, const struct y4m *video)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fprintf(file, "YUV4MPEG2 W%d H%d F%d:1 Ip A1:1 %s\n", video->width, video->height, video->fps,
            video->format);
    for (int frame = 0; frame < video->frames; frame++) {
        fputs("FRAME\n", file);
        put_plane(file, frame, 0, video->width, video->height);
        for (int plane = 1; plane < 3 && video->chroma_width; plane++)
            put_plane(file, frame, plane, video->chroma_width, video->chroma_height);
    }
    fclose(file);
}

static const struct y4m plain = {20, 12, 4, 10, "C420jpeg", 10, 6};

static inline struct source *open_kind(const struct source_kind *kind, const char *path,
                                       struct source_config config)
{
    struct source *source;
    struct error err = {""};
    config.location = path;
    if (source_open(&source, kind, &config, &err) < 0)
        fail_msg("%s", err.text);
    return source;
}

static inline struct source *open_y4m(const struct y4m *video, struct source_config config)
{
    make_y4m(in("video.y4m"), video);
    return open_kind(media->video, in("video.y4m"), config);
}

static inline struct loan acquire(struct source *source)
{
    struct loan loan;
    struct error err = {""};
    if (source_acquire(source, SOON_MS, &loan, &err) < 0)
        fail_msg("no frame: %s", err.text);
    return loan;
}
