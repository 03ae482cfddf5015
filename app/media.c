/**
 * @file
 * dlopen() counts how often an object was opened and gives the same one every time, so nothing
 * has to be remembered here. RTLD_NODELETE keeps it for good: sources, the ledger's sites and the
 * libraries' own threads point into it.
 */
#include "app/media.h"

#include "app/memory_limit.h"
#include "app/paths.h"

#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

#ifndef LIBDIR
#define LIBDIR "/usr/local/lib/cannyscope"
#endif

/** Finds the first place that has the module. */
static bool find_module(struct path *module)
{
    struct path own;
    bool known = paths_executable_folder(&own) == 0;
    // Where it is built; for the tests, which are built one folder below; where it is installed.
    static const char *const below[] = {"", "/..", "/../lib/cannyscope"};
    for (size_t i = 0; known && i < sizeof below / sizeof *below; i++)
        if (path_set(module, "%s%s/" MEDIA_MODULE_FILE, own.text, below[i]) == 0 &&
            access(module->text, R_OK) == 0)
            return true;
    return path_set(module, "%s/" MEDIA_MODULE_FILE, LIBDIR) == 0 &&
           access(module->text, R_OK) == 0;
}

bool media_is_loaded(void)
{
    struct path path;
    void *object = find_module(&path) ? dlopen(path.text, RTLD_LAZY | RTLD_NOLOAD) : NULL;
    if (object)
        dlclose(object); // it stays
    return object;
}

/** What looking into a file takes, about. */
enum { FILE_BYTES = 4 << 20 };

int media_admit(int limit_mb, const char *path, struct error *err)
{
    char what[300];
    snprintf(what, sizeof what, "reading '%.270s'", path);
    const struct memory_need need = {.what = what, .bytes = media_is_loaded() ? 0 : MEDIA_BYTES};
    struct memory_limit limit = memory_limit_now(limit_mb, MEMORY_SHARE_ALL, FILE_BYTES);
    return memory_limit_check(&limit, &need, err);
}

const struct media_module *media_load(struct error *err)
{
    struct path path;
    if (!find_module(&path)) {
        error_set(err, -1,
                  "Videos, TIFF, WebP and GIF need %s, which is neither beside the "
                  "program nor in %s: install it with 'make install'",
                  MEDIA_MODULE_FILE, LIBDIR);
        return NULL;
    }
    void *object = dlopen(path.text, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!object) {
        error_set(err, -1, "Cannot load %s: %s", path.text, dlerror());
        return NULL;
    }
    const struct media_module *module = dlsym(object, MEDIA_MODULE_SYMBOL);
    if (!module || module->version != MEDIA_MODULE_VERSION) {
        error_set(err, -1, "%s is of another version: install it with 'make install'", path.text);
        return NULL;
    }
    return module;
}
