#include "app/source_choice.h"

#include "app/media.h"
#include "capture/camera.h"
#include "capture/camera_list.h"
#include "capture/image_reader.h"
#include "capture/image_source.h"
#include "capture/scene.h"
#include "capture/v4l2_io.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void choose_scene(struct source_choice *choice)
{
    choice->kind = &scene_source_kind;
    choice->scene = true;
}

static void choose_camera(struct source_choice *choice, const char *device)
{
    choice->kind = &camera_source_kind;
    choice->camera = true;
    snprintf(choice->location, sizeof choice->location, "%s", device);
}

/** Whether the text means a device: also one that is not there, but no file in /dev/shm. */
static bool is_device(const char *path)
{
    struct stat status;
    if (stat(path, &status) < 0)
        return strncmp(path, "/dev/", 5) == 0;
    return S_ISCHR(status.st_mode);
}

static bool is_number(const char *text)
{
    return text[0] && text[strspn(text, "0123456789")] == 0 && strlen(text) < 6;
}

static bool exists(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

/** What a name in the file system is, by its content. */
static int choose_file(struct source_choice *choice, const char *path, int limit_mb,
                       struct error *err)
{
    enum image_kind kind = image_sniff(path, err);
    if (kind == IMAGE_UNREADABLE)
        return -EINVAL;
    choice->file = true;
    choice->still = kind != IMAGE_OTHER && kind != IMAGE_GIF;
    snprintf(choice->location, sizeof choice->location, "%s", path);
    if (kind == IMAGE_JPEG || kind == IMAGE_PNG || kind == IMAGE_BMP) {
        choice->kind = &image_source_kind;
        return 0;
    }
    const struct media_module *media =
        media_admit(limit_mb, path, err) == 0 ? media_load(err) : NULL;
    if (!media)
        return -ENOENT;
    choice->kind = choice->still ? media->image : media->video;
    return 0;
}

static int read_cameras(struct camera_list *list, struct error *err)
{
    return camera_list_read_modes(list, &v4l2_io_kernel, NULL, err);
}

/** The link that names a camera for good, or its node. */
static const char *identity_of(const struct camera_entry *camera)
{
    return camera->by_id[0] ? camera->by_id : camera->path;
}

/** A camera by a part of its name. */
static int choose_by_name(struct source_choice *choice, const char *name, struct error *err)
{
    struct camera_list list = {0};
    int ret = read_cameras(&list, err);
    const struct camera_entry *camera = ret == 0 ? camera_list_find(&list, name) : NULL;
    if (camera)
        choose_camera(choice, identity_of(camera));
    else if (ret == 0)
        ret = error_set(err, -ENOENT,
                        "There is no file, device or camera called \"%.200s\"; "
                        "`cannyscope devices` lists the cameras",
                        name);
    camera_list_free(&list);
    return ret;
}

/** Nothing was typed: the last camera, the first camera, the scene. */
static void choose_default(struct source_choice *choice, const char *last)
{
    struct camera_list list = {0};
    const struct camera_entry *camera = NULL;
    bool wanted = last[0] && strcmp(last, "scene") != 0;
    struct error err = {""};
    int ret = read_cameras(&list, &err);
    if (ret == 0) {
        camera = wanted ? camera_list_find(&list, last) : NULL;
        if (!camera || !camera->usable) {
            camera = camera_list_first(&list);
            if (camera && wanted)
                snprintf(choice->notice, sizeof choice->notice, "%.120s not found, using %s", last,
                         camera->card);
        }
    }
    if (camera)
        choose_camera(choice, identity_of(camera));
    else
        choose_scene(choice);
    if (ret < 0)
        snprintf(choice->notice, sizeof choice->notice, "%.150s. This is the built-in scene",
                 err.text);
    else if (!camera)
        snprintf(choice->notice, sizeof choice->notice,
                 "No camera found: this is the built-in scene. Plug one in and choose it, or "
                 "name a device or file: cannyscope SOURCE");
    camera_list_free(&list);
}

int source_choose(struct source_choice *choice, const struct settings *settings, struct error *err)
{
    *choice = (struct source_choice){0};
    const char *text = settings->source;
    if (!text[0]) {
        choose_default(choice, settings->last_source);
        return 0;
    }
    if (strcmp(text, "scene") == 0) {
        choose_scene(choice);
        return 0;
    }
    char device[SETTING_TEXT_BYTES];
    bool number = is_number(text) && !exists(text);
    snprintf(device, sizeof device, "%s%.4000s", number ? "/dev/video" : "", text);
    if (is_device(device)) {
        choose_camera(choice, device); // opening it says best what is wrong with it
        return 0;
    }
    return exists(text) ? choose_file(choice, text, settings->max_memory_mb, err)
                        : choose_by_name(choice, text, err);
}
