/* Files, as the C library reaches them. Each function gives what came of it, or the negative of an error's number. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ = 1, WRITE = 2, CREATE = 4, EXCLUSIVE = 8, TRUNCATE = 16, APPEND = 32 };

int falcon_js_file_open(const char *path, int how)
{
    int flags = (how & WRITE) ? ((how & READ) ? O_RDWR : O_WRONLY) : O_RDONLY;
    if (how & CREATE) flags |= O_CREAT;
    if (how & EXCLUSIVE) flags |= O_EXCL;
    if (how & TRUNCATE) flags |= O_TRUNC;
    if (how & APPEND) flags |= O_APPEND;
    int file = open(path, flags, 0666);
    return file < 0 ? -errno : file;
}

int falcon_js_file_close(int file) { return close(file) < 0 ? -errno : 0; }

/* From where the file is, or from a place. */
int falcon_js_file_read(int file, uint8_t *bytes, size_t size, double at)
{
    ssize_t got = at < 0 ? read(file, bytes, size) : pread(file, bytes, size, (off_t)at);
    return got < 0 ? -errno : got;
}

int falcon_js_file_write(int file, const uint8_t *bytes, size_t size, double at)
{
    size_t done = 0;
    while (done < size) {
        ssize_t put = at < 0 ? write(file, bytes + done, size - done)
                             : pwrite(file, bytes + done, size - done, (off_t)at + done);
        if (put <= 0)
            return put < 0 ? -errno : (int)done;
        done += put;
    }
    return done;
}

int falcon_js_file_resize(int file, double size) { return ftruncate(file, (off_t)size) < 0 ? -errno : 0; }

static int kind(int failed, const struct stat *found, double *size)
{
    if (failed)
        return -errno;
    *size = found->st_size;
    return S_ISDIR(found->st_mode) ? 1 : 0;
}

/* 1 for a folder, 0 for a file. */
int falcon_js_file_stat(const char *path, double *size)
{
    struct stat found;
    return kind(stat(path, &found), &found, size);
}

int falcon_js_file_stat_open(int file, double *size)
{
    struct stat found;
    return kind(fstat(file, &found), &found, size);
}

enum { REMOVE, REMOVE_FOLDER, MAKE_FOLDER, RENAME };

int falcon_js_file_change(int what, const char *path, const char *other)
{
    int failed = what == REMOVE          ? unlink(path)
                 : what == REMOVE_FOLDER ? rmdir(path)
                 : what == MAKE_FOLDER   ? mkdir(path, 0777)
                                         : rename(path, other);
    return failed ? -errno : 0;
}

void *falcon_js_folder_open(const char *path, int *error)
{
    DIR *folder = opendir(path);
    *error = folder == NULL ? -errno : 0;
    return folder;
}

/* The next name, alive until the one after it, or none. */
const char *falcon_js_folder_next(void *folder, bool *is_folder)
{
    struct dirent *entry = readdir(folder);
    if (entry == NULL)
        return NULL;
    *is_folder = entry->d_type == DT_DIR;
    return entry->d_name;
}

void falcon_js_folder_close(void *folder) { closedir(folder); }
