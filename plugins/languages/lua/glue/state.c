/* Making a Lua state, loading source, and reading errors. */
#include "glue.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct falcon_fault falcon_fault;
void (*falcon_refusing)(const char *text, size_t length);
/* The addresses are the keys. */
static const char error_key = 'e';
const void *const falcon_error_key = &error_key;
static const char raised_key = 'x';
const void *const falcon_raised_key = &raised_key;
int falcon_raised_nil;
static const char refusal = 'r';
const void *const falcon_refusal = &refusal;
/* The name of the chunk whose lines errors are located in. */
static const char *chunk_name = "=program.lua";

static int grow(struct falcon_bytes *to, size_t more) {
    if (more <= to->room - to->length)
        return 1;
    size_t room = to->room < 512 ? 1024 : to->room * 2;
    if (room < to->length + more)
        room = to->length + more;
    unsigned char *data = realloc(to->data, room);
    if (data == NULL)
        return 0;
    to->data = data;
    to->room = room;
    return 1;
}

void falcon_put(lua_State *L, struct falcon_bytes *to, const void *data, size_t length) {
    if (!grow(to, length)) {
        lua_pushliteral(L, "not enough memory");
        lua_error(L);
    }
    memcpy(to->data + to->length, data, length);
    to->length += length;
}

void falcon_keep(struct falcon_bytes *to, const char *text, size_t length) {
    to->length = 0;
    if (grow(to, length)) {
        memcpy(to->data, text, length);
        to->length = length;
    }
}

int falcon_refuse(lua_State *L, const char *format, ...) {
    char text[256];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    falcon_keep(&falcon_fault.message, text, strlen(text));
    if (falcon_refusing != NULL)
        falcon_refusing(text, strlen(text));
    lua_pushlightuserdata(L, (void *)falcon_refusal);
    return lua_error(L);
}

/* Loads text, never bytecode, and leaves its function on the stack. */
enum falcon_status falcon_load(lua_State *L, const char *source, size_t length, const char *chunk) {
    chunk_name = chunk;
    return falcon_ended(L, luaL_loadbufferx(L, source, length, chunk, "t"));
}

struct slowly {
    const char *source;
    size_t length, given;
};

static const char *one_more(lua_State *L, void *state, size_t *size) {
    struct slowly *slowly = state;
    (void)L;
    *size = slowly->given < slowly->length;
    return slowly->source + slowly->given++;
}

/* How many bytes the compiler takes before it gives up. Given one at a time, that is where the token ends
 * that it stumbled over, which its message does not say. */
size_t falcon_reached(lua_State *L, const char *source, size_t length) {
    struct slowly slowly = {source, length, 0};
    lua_load(L, one_more, &slowly, "=program.lua", "t");
    lua_pop(L, 1);
    return slowly.given;
}

/* Notes where the program was. Under a call's own handler: what the program catches itself is not seen. */
int falcon_handler(lua_State *L) {
    lua_Debug at;
    falcon_fault.line = 0;
    for (int level = 0; level < 200 && lua_getstack(L, level, &at); level++) {
        lua_getinfo(L, "Sl", &at);
        if (at.currentline > 0 && strcmp(at.source, chunk_name) == 0) {
            falcon_fault.line = (uint32_t)at.currentline;
            break;
        }
    }
    return 1;
}

/* A text that a table holds itself, without asking its metatable. */
static const char *own_text(lua_State *L, int at, const char *name, size_t *length) {
    const char *text = NULL;
    lua_pushstring(L, name);
    if (lua_rawget(L, at) == LUA_TSTRING)
        text = lua_tolstring(L, -1, length);
    lua_pop(L, 1);
    return text;
}

/* Names the error value that is the argument: its `__name`, else its `name`, else its type. */
static int name_error(lua_State *L) {
    const char *name = NULL;
    size_t length = 0;
    if (lua_getmetatable(L, 1)) {
        if (lua_type(L, -1) == LUA_TTABLE)
            name = own_text(L, 2, "__name", &length);
        lua_pop(L, 1);
    }
    if (name == NULL && lua_type(L, 1) == LUA_TTABLE)
        name = own_text(L, 1, "name", &length);
    if (name == NULL) {
        name = lua_type(L, 1) == LUA_TSTRING ? "runtime error" : luaL_typename(L, 1);
        length = strlen(name);
    }
    falcon_keep(&falcon_fault.kind, name, length);
    return 0;
}

/* The text of the error value that is the argument. `__tostring` is the program's, and may raise. */
static int tell_error(lua_State *L) {
    const char *text = NULL;
    size_t length = 0;
    lua_pushvalue(L, 1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, falcon_error_key);
    if (lua_type(L, 1) == LUA_TSTRING)
        text = lua_tolstring(L, 1, &length);
    if (text == NULL && lua_type(L, 1) == LUA_TTABLE) {
        text = own_text(L, 1, "message", &length);
        if (text == NULL)
            text = own_text(L, 1, "msg", &length);
    }
    if (text == NULL)
        text = luaL_tolstring(L, 1, &length);
    falcon_keep(&falcon_fault.message, text, length);
    return 0;
}

static int told(lua_State *L, lua_CFunction how) {
    if (!lua_checkstack(L, 4))
        return 0;
    lua_pushcfunction(L, how);
    lua_pushvalue(L, -2);
    if (lua_pcall(L, 1, 0, 0) == LUA_OK)
        return 1;
    lua_pop(L, 1);
    return 0;
}

/* Reads the status of a protected call, and takes its error value off the stack. */
enum falcon_status falcon_ended(lua_State *L, int status) {
    static const char no_memory[] = "not enough memory";
    if (status == LUA_OK)
        return FALCON_OK;
    void *mark = lua_islightuserdata(L, -1) ? lua_touserdata(L, -1) : NULL;
    if (mark == falcon_refusal || mark == falcon_stop) {
        lua_pop(L, 1);
        return mark == falcon_stop ? FALCON_STOPPED : FALCON_NOT_PLAIN;
    }
    lua_rawgetp(L, LUA_REGISTRYINDEX, falcon_raised_key);
    falcon_fault.by_program = lua_isnil(L, -1) ? falcon_raised_nil && lua_isnil(L, -2) : lua_rawequal(L, -1, -2);
    lua_pop(L, 1);
    falcon_fault.kind.length = falcon_fault.message.length = 0;
    told(L, name_error);
    told(L, tell_error);
    size_t length = falcon_fault.message.length, tail = sizeof no_memory - 1;
    falcon_fault.out_of_memory =
        status == LUA_ERRMEM ||
        (lua_type(L, -1) == LUA_TSTRING && length >= tail &&
         memcmp(falcon_fault.message.data + length - tail, no_memory, tail) == 0);
    lua_pop(L, 1);
    return FALCON_RAISED;
}

/* Runs a function of the glue with its argument, under protection. */
enum falcon_status falcon_guarded(lua_State *L, lua_CFunction function, void *argument) {
    int base = lua_gettop(L);
    falcon_fault.line = 0;
    if (!lua_checkstack(L, 8)) {
        falcon_keep(&falcon_fault.message, "stack overflow", 14);
        return FALCON_RAISED;
    }
    lua_pushcfunction(L, falcon_handler);
    lua_pushcfunction(L, function);
    lua_pushlightuserdata(L, argument);
    int status = lua_pcall(L, 1, 0, base + 1);
    enum falcon_status how = falcon_ended(L, status);
    lua_settop(L, base);
    return how;
}
