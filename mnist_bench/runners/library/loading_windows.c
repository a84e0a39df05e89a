/* Windows. Tried under Wine alone. */
#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN

#include "loading.h"

#include <corecrt_startup.h>
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

void take_utf8_words(int count, char **words)
{
    if (_configure_wide_argv(_crt_argv_unexpanded_arguments) != 0 || __argc != count) {
        return;
    }
    for (int i = 0; i < count; i++) {
        const int size = WideCharToMultiByte(CP_UTF8, 0, __wargv[i], -1, NULL, 0, NULL, NULL);
        char *word = size > 0 ? malloc((size_t)size) : NULL;
        if (word != NULL && WideCharToMultiByte(CP_UTF8, 0, __wargv[i], -1, word, size, NULL, NULL) == size) {
            words[i] = word; /* for as long as the program runs */
        }
    }
}

void set_variable(const char *name)
{
    _putenv_s(name, "1");
}

static const char *words_for(DWORD error)
{
    static char other[32];
    switch (error) {
    case ERROR_MOD_NOT_FOUND: /* Windows does not tell which */
        return "it or a library that it needs is missing. Install Microsoft's current Visual C++ Redistributable (x64)";
    case ERROR_PROC_NOT_FOUND:
        return "a library that it needs is too old. Install Microsoft's current Visual C++ Redistributable (x64)";
    case ERROR_BAD_EXE_FORMAT:
        return "it is no library for this kind of computer";
    default:
        snprintf(other, sizeof other, "Windows' error %lu", error);
        return other;
    }
}

void *load_library(const char *path, const char **why)
{
    wchar_t wide[MAX_PATH], whole[MAX_PATH]; /* where libraries are looked for beside it, only a whole path will do */
    if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, wide, MAX_PATH) == 0 ||
        GetFullPathNameW(wide, MAX_PATH, whole, NULL) >= MAX_PATH) {
        *why = "its path is longer than Windows takes";
        return NULL;
    }
    /* No message box: nobody would close it. And what it needs is looked for beside it and among the system's own
     * libraries, not in the working folder or on the PATH. */
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
    void *library = LoadLibraryExW(whole, NULL, LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_DEFAULT_DIRS);
    if (library == NULL) {
        *why = words_for(GetLastError());
    }
    return library;
}

void *find_in_library(void *library, const char *name)
{
    return (void *)GetProcAddress(library, name);
}

#endif

typedef int loading_windows_is_here; /* C wants a declaration in every file */
