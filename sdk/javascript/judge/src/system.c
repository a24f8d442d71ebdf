/* A judge imports nothing of WASI, so what the C library would ask of it is answered here. Each function stands where the
   library's own import of this name would. */

#include <stdint.h>
#include <stddef.h>

#define NONE 52 /* ENOSYS */
#define BAD 8   /* EBADF */
#define WASI(name) __imported_wasi_snapshot_preview1_##name

extern uint64_t falcon_js_now(void); /* in milliseconds */

int32_t WASI(args_get)(int32_t a, int32_t b) { return 0; }
int32_t WASI(args_sizes_get)(int32_t a, int32_t b) { *(uint32_t *)(intptr_t)a = *(uint32_t *)(intptr_t)b = 0; return 0; }
int32_t WASI(environ_get)(int32_t a, int32_t b) { return 0; }
int32_t WASI(environ_sizes_get)(int32_t a, int32_t b) { *(uint32_t *)(intptr_t)a = *(uint32_t *)(intptr_t)b = 0; return 0; }
/* Whether the clock goes: the engine seeds Math.random by it when it is made, and that is the same in each call. */
int falcon_js_clock;
int32_t WASI(clock_time_get)(int32_t id, int64_t precision, int32_t out)
{
    *(uint64_t *)(intptr_t)out = falcon_js_clock ? falcon_js_now() * 1000000 : 0;
    return 0;
}
int32_t WASI(clock_res_get)(int32_t id, int32_t out) { *(uint64_t *)(intptr_t)out = 1000000; return 0; }
int32_t WASI(fd_close)(int32_t fd) { return BAD; }
int32_t WASI(fd_fdstat_get)(int32_t fd, int32_t out) { return BAD; }
int32_t WASI(fd_prestat_get)(int32_t fd, int32_t out) { return BAD; }
int32_t WASI(fd_prestat_dir_name)(int32_t fd, int32_t out, int32_t size) { return BAD; }
int32_t WASI(fd_read)(int32_t fd, int32_t a, int32_t b, int32_t c) { return BAD; }
int32_t WASI(fd_seek)(int32_t fd, int64_t offset, int32_t whence, int32_t out) { return BAD; }
int32_t WASI(fd_write)(int32_t fd, int32_t a, int32_t b, int32_t c) { return BAD; }
int32_t WASI(poll_oneoff)(int32_t a, int32_t b, int32_t c, int32_t d) { return NONE; }
int32_t WASI(sched_yield)(void) { return 0; }
int32_t WASI(random_get)(int32_t out, int32_t size)
{
    for (int32_t i = 0; i < size; i++)
        ((uint8_t *)(intptr_t)out)[i] = (uint8_t)(i + 1);
    return 0;
}
_Noreturn void WASI(proc_exit)(int32_t code) { __builtin_trap(); }
