/**
 * @file
 * GL says who draws by the name of its renderer. Mesa's software drivers call themselves
 * llvmpipe, softpipe and swrast; Google's is SwiftShader.
 *
 * Source: OpenGL 4.6 core, 22.2 "String Queries" (glGetString, RENDERER);
 * Mesa 3D, https://docs.mesa3d.org/drivers/llvmpipe.html
 */
#include "render/renderer_probe.h"

#include <SDL2/SDL.h>
#include <stdbool.h>
#include <string.h>

enum { GL_RENDERER_NAME = 0x1f01 };

typedef const char *(*get_string_function)(unsigned name);

static bool is_software(const char *renderer)
{
    static const char *const names[] = {"llvmpipe", "softpipe", "swrast", "SwiftShader",
                                        "Software Rasterizer"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strstr(renderer, names[i]))
            return true;
    return false;
}

/** Whether a GPU draws in the context that is current. */
static int ask_context(void)
{
    union {
        void *object;
        get_string_function function;
    } get_string = {.object = SDL_GL_GetProcAddress("glGetString")};
    const char *renderer = get_string.object ? get_string.function(GL_RENDERER_NAME) : NULL;
    return renderer && !is_software(renderer);
}

static int ask_window(SDL_Window *window)
{
    SDL_GLContext context = SDL_GL_CreateContext(window);
    if (!context)
        return 0;
    int gpu = ask_context();
    SDL_GL_DeleteContext(context);
    return gpu;
}

int renderer_probe(void)
{
    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    SDL_SetMainReady();
    if (SDL_Init(SDL_INIT_VIDEO) < 0)
        return -1;
    int gpu = 0;
    SDL_Window *window =
        SDL_CreateWindow("cannyscope", SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED, 64, 64,
                         SDL_WINDOW_OPENGL | SDL_WINDOW_HIDDEN);
    if (window) {
        gpu = ask_window(window);
        SDL_DestroyWindow(window);
    }
    SDL_Quit();
    return gpu;
}
