#include "app/picture_saver.h"

#include "app/locks.h"
#include "app/paths.h"
#include "processing/memory.h"
#include "render/image_writer.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

struct picture_saver {
    // Set by picture_saver_create().
    struct picture_saver_config config;
    pthread_t thread;
    bool started;

    // Guarded by `lock`; the canvas and the view belong to the thread while `full`.
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool full, ending;
    struct canvas canvas; ///< data is ours; NULL before the first
    enum view view;
};

static int save_under_new_name(const struct canvas *canvas, enum view view, struct path *path,
                               struct error *err)
{
    struct path folder;
    int ret = paths_pictures(&folder);
    if (ret < 0)
        return error_set(err, ret, "No pictures folder to save to: HOME is not set");
    ret = paths_take_name(path, folder.text, time(NULL), ".png", err);
    if (ret < 0)
        return ret;
    ret = image_write(path->text, canvas, image_pixels_of(view), err);
    if (ret < 0)
        unlink(path->text); // the empty file that kept the name
    return ret;
}

static void save(struct picture_saver *saver)
{
    struct error err = {""};
    struct path path = {""};
    int ret;
    if (saver->config.path) {
        ret = path_set(&path, "%s", saver->config.path);
        if (ret == 0)
            ret = image_write(path.text, &saver->canvas, image_pixels_of(saver->view), &err);
    } else {
        ret = save_under_new_name(&saver->canvas, saver->view, &path, &err);
    }
    saver->config.done(saver->config.self, ret, path.text, &err);
}

static void *run(void *self)
{
    struct picture_saver *saver = self;
    pthread_mutex_lock(&saver->lock);
    while (saver->full || !saver->ending) {
        if (!saver->full) {
            pthread_cond_wait(&saver->changed, &saver->lock);
            continue;
        }
        pthread_mutex_unlock(&saver->lock);
        save(saver);
        pthread_mutex_lock(&saver->lock);
        saver->full = false;
    }
    pthread_mutex_unlock(&saver->lock);
    return NULL;
}

int picture_saver_create(struct picture_saver **out, const struct picture_saver_config *config)
{
    *out = NULL;
    struct picture_saver *saver = memory_alloc(MEMORY_OTHER, sizeof *saver);
    if (!saver)
        return -ENOMEM;
    saver->config = *config;
    lock_make(&saver->lock);
    condition_make(&saver->changed);
    int ret = -pthread_create(&saver->thread, NULL, run, saver);
    saver->started = ret == 0;
    if (ret < 0)
        picture_saver_destroy(&saver);
    else
        pthread_setname_np(saver->thread, "pictures");
    *out = saver;
    return ret;
}

int picture_saver_take(struct picture_saver *saver, const struct canvas *canvas, enum view view)
{
    if (!picture_saver_is_idle(saver))
        return -EBUSY;
    // Only one thread gives pictures, so nobody fills it between the question and here.
    int ret = canvas_copy(&saver->canvas, canvas);
    if (ret < 0)
        return ret;
    pthread_mutex_lock(&saver->lock);
    saver->view = view;
    saver->full = true;
    pthread_cond_signal(&saver->changed);
    pthread_mutex_unlock(&saver->lock);
    return 0;
}

bool picture_saver_is_idle(struct picture_saver *saver)
{
    pthread_mutex_lock(&saver->lock);
    bool idle = !saver->full;
    pthread_mutex_unlock(&saver->lock);
    return idle;
}

void picture_saver_destroy(struct picture_saver **saver)
{
    if (!*saver)
        return;
    pthread_mutex_lock(&(*saver)->lock);
    (*saver)->ending = true;
    pthread_cond_signal(&(*saver)->changed);
    pthread_mutex_unlock(&(*saver)->lock);
    if ((*saver)->started)
        pthread_join((*saver)->thread, NULL);
    pthread_cond_destroy(&(*saver)->changed);
    pthread_mutex_destroy(&(*saver)->lock);
    memory_free((*saver)->canvas.data);
    memory_free(*saver);
    *saver = NULL;
}
