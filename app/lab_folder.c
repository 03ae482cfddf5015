#include "app/lab_folder.h"

#include "app/batch_list.h"
#include "app/doorbell.h"
#include "app/media.h"
#include "processing/gray.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>

struct lab_folder {
    // Set by lab_folder_create().
    struct lab_folder_config config;
    char *path;
    struct doorbell *bell;

    // The owner's own.
    pthread_t thread;
    bool started;

    // Any thread.
    atomic_bool ending;

    // The thread's own.
    unsigned offs; ///< how often the experiment had been switched off when it began
    bool done;     ///< the folder has been read
    struct image scratch;
    int64_t scratch_bytes; ///< of the limit, for that
};

int lab_folder_create(struct lab_folder **out, const struct lab_folder_config *config)
{
    struct lab_folder *folder = *out = memory_alloc(MEMORY_INTERFACE, sizeof *folder);
    if (!folder)
        return -ENOMEM;
    folder->config = *config;
    folder->path = memory_copy_string(MEMORY_INTERFACE, config->folder);
    int ret = folder->path ? doorbell_create(&folder->bell) : -ENOMEM;
    if (ret < 0)
        lab_folder_destroy(out);
    return ret;
}

static bool is_wanted(const struct lab_folder *folder)
{
    const struct lab *lab = folder->config.lab;
    return !atomic_load(&folder->ending) && lab_is_on(lab, LAB_FOLDER) &&
           lab_offs(lab, LAB_FOLDER) == folder->offs;
}

/**
 * Whether a picture of these needs may be read and then kept beside what it was read into, which is
 * counted from then on.
 */
static bool take_needs(struct lab_folder *folder, const struct image_needs *needs)
{
    struct lab_shelf *shelf = lab_shelf_of(folder->config.lab, LAB_FOLDER);
    int64_t pixels = (int64_t)needs->width * needs->height;
    int64_t more = (int64_t)needs->bytes - folder->scratch_bytes;
    more = more > 0 ? more : 0;
    if (!lab_shelf_allows(shelf, (size_t)(more + 3 * pixels) + sizeof(struct lab_block)) ||
        !lab_shelf_take_scratch(shelf, more))
        return false;
    folder->scratch_bytes += more;
    return true;
}

static void free_scratch(struct lab_folder *folder)
{
    image_free(&folder->scratch);
    lab_shelf_give_scratch(lab_shelf_of(folder->config.lab, LAB_FOLDER), folder->scratch_bytes);
    folder->scratch_bytes = 0;
}

/** Puts the picture that was read on the shelf: three bytes a pixel, even of a gray file. */
static bool hold(struct lab_folder *folder)
{
    const struct frame *frame = &folder->scratch.frame;
    size_t row = 3 * (size_t)frame->width;
    struct lab_block *block =
        lab_shelf_put(lab_shelf_of(folder->config.lab, LAB_FOLDER), row * (size_t)frame->height);
    for (int y = 0; block && y < frame->height; y++)
        color_row(frame, y, block->data + (size_t)y * row);
    return block;
}

/** False: the limit is reached. What cannot be read is passed over. */
static bool take_file(struct lab_folder *folder, const char *path)
{
    const struct image_wish wish = {.how = IMAGE_BGR, .max_pixels = IMAGE_MAX_PIXELS};
    struct image_needs needs = {0};
    enum image_kind kind = image_sniff(path, NULL);
    bool own = kind == IMAGE_JPEG || kind == IMAGE_PNG || kind == IMAGE_BMP;
    if (kind == IMAGE_UNREADABLE || kind == IMAGE_OTHER)
        return true;
    const struct media_module *media = own ? NULL : media_load(NULL);
    if (!own && !media)
        return true;
    int ret = own ? image_measure(&needs, path, &wish, NULL)
                  : media->image_measure(&needs, path, &wish, NULL);
    if (ret < 0)
        return true;
    if (!take_needs(folder, &needs))
        return false;
    ret = own ? image_read(&folder->scratch, path, &wish, NULL)
              : media->image_read(&folder->scratch, path, &wish, NULL);
    return ret == -ENOMEM ? false : ret < 0 || hold(folder);
}

static void tell(const struct lab_folder *folder, size_t files)
{
    char text[512];
    struct lab_numbers numbers = lab_shelf_numbers(lab_shelf_of(folder->config.lab, LAB_FOLDER));
    snprintf(text, sizeof text, "All images of %.300s are kept: %lld of %zu could be read, %.1f MB",
             folder->path, (long long)numbers.blocks, files, (double)numbers.bytes / (1 << 20));
    folder->config.said(folder->config.self, false, text);
}

static void take_files(struct lab_folder *folder, const struct batch_list *list)
{
    size_t count = batch_list_count(list);
    if (count == 0 && batch_list_problem_count(list) > 0) {
        folder->config.said(folder->config.self, true, batch_list_problem(list, 0)->text);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_wanted(folder))
            return;
        if (!take_file(folder, batch_list_item(list, i)->path)) {
            lab_stop(folder->config.lab, LAB_FOLDER);
            return;
        }
    }
    tell(folder, count);
}

static void read_folder(struct lab_folder *folder)
{
    struct batch_list *list;
    const struct batch_scan scan = {.output_fd = -1};
    int ret = batch_list_open(&list, &scan);
    if (ret == 0)
        ret = batch_list_add(list, folder->path);
    if (ret == 0)
        take_files(folder, list);
    else
        lab_stop(folder->config.lab, LAB_FOLDER);
    batch_list_close(&list);
    free_scratch(folder);
}

/** Whether there was anything to do. */
static bool work(struct lab_folder *folder)
{
    struct lab *lab = folder->config.lab;
    unsigned offs = lab_offs(lab, LAB_FOLDER);
    if (offs != folder->offs) {
        folder->offs = offs;
        folder->done = false;
        lab_release(lab, LAB_FOLDER);
        return true;
    }
    if (folder->done || !lab_is_on(lab, LAB_FOLDER))
        return false;
    read_folder(folder);
    folder->done = true;
    return true;
}

static void *run(void *self)
{
    struct lab_folder *folder = self;
    while (!atomic_load(&folder->ending)) {
        unsigned ticket = doorbell_ticket(folder->bell);
        if (!work(folder) && !atomic_load(&folder->ending))
            doorbell_wait(folder->bell, ticket, -1);
    }
    lab_release(folder->config.lab, LAB_FOLDER);
    return NULL;
}

int lab_folder_switched(struct lab_folder *folder)
{
    int ret = folder->started ? 0 : -pthread_create(&folder->thread, NULL, run, folder);
    if (ret == 0 && !folder->started)
        pthread_setname_np(folder->thread, "lab folder");
    folder->started = ret == 0;
    doorbell_ring(folder->bell);
    return ret;
}

void lab_folder_destroy(struct lab_folder **out)
{
    struct lab_folder *folder = *out;
    if (!folder)
        return;
    atomic_store(&folder->ending, true);
    if (folder->started) {
        doorbell_ring(folder->bell);
        pthread_join(folder->thread, NULL);
    }
    doorbell_destroy(&folder->bell);
    memory_free(folder->path);
    memory_free(folder);
    *out = NULL;
}
