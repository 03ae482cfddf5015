/**
 * @file
 * With its file in memory libtiff does what it does with a mapped one, as OpenCV has it (without,
 * it refuses plain tiles whose bytes are no multiple of 1024); but one that shrinks while it is
 * read does not kill the program.
 */
#include "capture/tiff_memory.h"

#include "processing/memory.h"

#include <string.h>

static tmsize_t read_memory(thandle_t self, void *to, tmsize_t bytes)
{
    struct tiff_memory *memory = self;
    uint64_t left = memory->at < memory->bytes ? memory->bytes - memory->at : 0;
    uint64_t count = (uint64_t)bytes < left ? (uint64_t)bytes : left;
    memcpy(to, memory->data + (left ? memory->at : 0), count);
    memory->at += count;
    return (tmsize_t)count;
}

static tmsize_t refuse_write(thandle_t self, void *from, tmsize_t bytes)
{
    (void)self;
    (void)from;
    (void)bytes;
    return -1;
}

static toff_t seek_memory(thandle_t self, toff_t to, int whence)
{
    struct tiff_memory *memory = self;
    uint64_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? memory->at : memory->bytes;
    return memory->at = from + to;
}

static int close_memory(thandle_t self)
{
    (void)self;
    return 0;
}

static toff_t size_of_memory(thandle_t self)
{
    return ((struct tiff_memory *)self)->bytes;
}

static int map_memory(thandle_t self, void **base, toff_t *bytes)
{
    struct tiff_memory *memory = self;
    *base = memory->data;
    *bytes = memory->bytes;
    return 1;
}

static void unmap_memory(thandle_t self, void *base, toff_t bytes)
{
    (void)self;
    (void)base;
    (void)bytes;
}

TIFF *tiff_memory_open(struct tiff_memory *memory, FILE *file, size_t bytes, const char *path,
                       TIFFOpenOptions *options)
{
    *memory = (struct tiff_memory){.data = memory_alloc(MEMORY_FRAMES, bytes)};
    if (!memory->data)
        return NULL;
    rewind(file);
    memory->bytes = fread(memory->data, 1, bytes, file);
    return TIFFClientOpenExt(path, "r", memory, read_memory, refuse_write, seek_memory,
                             close_memory, size_of_memory, map_memory, unmap_memory, options);
}

void tiff_memory_free(struct tiff_memory *memory)
{
    memory_free(memory->data);
    *memory = (struct tiff_memory){.data = NULL};
}
