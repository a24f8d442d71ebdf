/* A state with the standard library, where the sandbox has it differ. */
#include "glue.h"
#include "throw.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int falcon_exit_code;
jmp_buf *falcon_exit_to;

/* `os.clock`: the time since the instance began, since there is no other clock of a process here. */
static int os_clock(lua_State *L) {
    struct timespec now = {0, 0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    lua_pushnumber(L, (lua_Number)now.tv_sec + (lua_Number)now.tv_nsec / 1e9);
    return 1;
}

/* `os.exit`. A whole program's code is told: WASI's own exit keeps no more of it than whether it is 0. No
 * protected call of the program holds the jump up. */
static int os_exit(lua_State *L) {
    int code = lua_isboolean(L, 1) ? !lua_toboolean(L, 1) : (int)luaL_optinteger(L, 1, EXIT_SUCCESS);
    if (lua_toboolean(L, 2))
        lua_close(L);
    fflush(stdout);
    if (falcon_exit_to == NULL)
        exit(code);
    falcon_exit_code = code & 0xff;
    longjmp(*falcon_exit_to, 1);
}

/* The libraries, and chance as the host seeds it. No module is looked for in files: there are none. */
static int prepare(lua_State *L) {
    uint64_t seed[2] = {0, 0};
    luaL_openlibs(L);
    lua_getglobal(L, LUA_LOADLIBNAME);
    lua_pushliteral(L, "");
    lua_setfield(L, -2, "path");
    lua_pushliteral(L, "");
    lua_setfield(L, -2, "cpath");
    lua_getglobal(L, LUA_OSLIBNAME);
    lua_pushcfunction(L, os_clock);
    lua_setfield(L, -2, "clock");
    lua_pushcfunction(L, os_exit);
    lua_setfield(L, -2, "exit");
    lua_getglobal(L, LUA_MATHLIBNAME);
    lua_getfield(L, -1, "randomseed");
    getentropy(seed, sizeof seed);
    lua_pushinteger(L, (lua_Integer)seed[0]);
    lua_pushinteger(L, (lua_Integer)seed[1]);
    lua_call(L, 2, 0);
    return 0;
}

_Noreturn void falcon_throw(jmp_buf to) {
    for (volatile int spent = 0; spent < 1500; spent++) {
    }
    longjmp(to, 1);
}

/* The first exception of an instance takes memory from the host. It is thrown while there is some, so that
 * running out of it can be told. */
static int throw_once(lua_State *L) {
    lua_pushnil(L);
    return lua_error(L);
}

lua_State *falcon_new(void) {
    lua_State *L = luaL_newstate();
    if (L == NULL)
        return NULL;
    lua_pushcfunction(L, throw_once);
    lua_pcall(L, 0, 0, 0);
    lua_settop(L, 0);
    lua_pushcfunction(L, prepare);
    return lua_pcall(L, 0, 0, 0) == LUA_OK ? L : NULL;
}
