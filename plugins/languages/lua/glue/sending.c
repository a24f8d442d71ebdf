/* What the tests may pass to the program beside plain data: its own objects, and functions of the tests
 * that depend on nothing but the standard library, by their code and the plain data that they close over. */
#include "glue.h"

#include <stdio.h>

#include "lobject.h"
#include "lopcodes.h"
#include "lstate.h"

int falcon_sending;
/* Functions that close over functions, at most. */
#define NESTED 8
static int nesting;
/* Registry: the names of the standard globals. */
static const char standard_key = 'g';

void falcon_remember_standard(lua_State *L) {
    lua_newtable(L);
    lua_pushglobaltable(L);
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        lua_pushvalue(L, -2);
        lua_pushboolean(L, 1);
        lua_rawset(L, -6);
    }
    lua_pop(L, 1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &standard_key);
}

/* Raises; the message says what the tests pass. */
static void unsendable(lua_State *L, const char *what) {
    falcon_on_unsendable(what, strlen(what));
    nesting = 0;
    lua_pushlightuserdata(L, (void *)falcon_stop);
    lua_error(L);
}

/* Whether both sides have this global: it is standard, or the program's. */
static int is_shared(lua_State *L, const TString *name) {
    lua_pushlstring(L, getstr(name), tsslen(name));
    lua_pushvalue(L, -1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &standard_key);
    lua_insert(L, -2);
    int shared = lua_rawget(L, -2) != LUA_TNIL;
    lua_pop(L, 2);
    lua_pushglobaltable(L);
    lua_insert(L, -2);
    int type = lua_rawget(L, -2);
    shared |= type == LUA_TNIL || falcon_is_proxy(L, -1);
    lua_pop(L, 2);
    return shared;
}

/* The code of a function, and of those around it as far as they cross with it. */
struct nested {
    const Proto *code;
    const struct nested *around;
};

/* Whether an upvalue is a local of none of these functions: it is the tests' own. */
static int is_outside(const struct nested *function, int upvalue) {
    const Upvaldesc *found = &function->code->upvalues[upvalue];
    if (function->around == NULL)
        return 1;
    return !found->instack && is_outside(function->around, found->idx);
}

/* Refuses a function whose code reads globals that only the tests have, or sets what is theirs: it would
 * change the copy that crosses, and the tests would not see it. */
static void check_globals(lua_State *L, const struct nested *function) {
    const Proto *code = function->code;
    char text[160];
    for (int at = 0; at < code->sizecode; at++) {
        Instruction instruction = code->code[at];
        OpCode does = GET_OPCODE(instruction);
        if (does == OP_SETUPVAL && is_outside(function, GETARG_B(instruction)))
            unsendable(L, "a function that sets a local of the tests");
        if (does == OP_SETTABUP && is_outside(function, GETARG_A(instruction)))
            unsendable(L, "a function that sets a global, or a field of a table of the tests");
        if (does != OP_GETTABUP)
            continue;
        const TString *upvalue = code->upvalues[GETARG_B(instruction)].name;
        const TString *name = tsvalue(&code->k[GETARG_C(instruction)]);
        if (upvalue == NULL || strcmp(getstr(upvalue), "_ENV") != 0 || is_shared(L, name))
            continue;
        snprintf(text, sizeof text, "a function that uses %.80s, which only the tests have", getstr(name));
        unsendable(L, text);
    }
    for (int at = 0; at < code->sizep; at++) {
        struct nested inner = {code->p[at], function};
        check_globals(L, &inner);
    }
}

static int dump_to(lua_State *L, const void *data, size_t length, void *to) {
    falcon_put(L, to, data, length);
    return 0;
}

/* Writes the Lua function at the top: its code, and what it closes over. */
static void write_function(lua_State *L, struct falcon_writer *writer) {
    static struct falcon_bytes code;
    int function = lua_gettop(L), count = 0;
    if (++nesting > NESTED)
        unsendable(L, "a function that closes over itself");
    struct nested whole = {((const LClosure *)lua_topointer(L, function))->p, NULL};
    check_globals(L, &whole);
    code.length = 0;
    lua_dump(L, dump_to, &code, 0);
    falcon_write_known(L, writer, "function");
    falcon_write_count(L, writer, 't', 2);
    falcon_write_text(L, writer, (const char *)code.data, code.length);
    while (lua_getupvalue(L, function, count + 1) != NULL) {
        lua_pop(L, 1);
        count++;
    }
    falcon_write_count(L, writer, 'l', (size_t)count);
    for (int at = 1; at <= count; at++) {
        lua_getupvalue(L, function, at);
        lua_pushglobaltable(L);
        int globals = lua_rawequal(L, -1, -2);
        lua_pop(L, 1);
        if (globals)
            falcon_write_count(L, writer, 'Z', 0);
        else
            falcon_write(L, writer, MAX_DEPTH / 2);
        lua_pop(L, 1);
    }
    nesting--;
}

/* Writes the value at the top, which is no plain data. */
void falcon_send(lua_State *L, struct falcon_writer *writer) {
    luaL_checkstack(L, 8, "data nested too deep");
    if (falcon_write_proxy(L, writer))
        return;
    switch (lua_type(L, -1)) {
    case LUA_TFUNCTION:
        if (!lua_iscfunction(L, -1)) {
            write_function(L, writer);
            return;
        }
        unsendable(L, "a function of the library");
        break;
    case LUA_TTABLE:
        unsendable(L, "a table with a metatable");
        break;
    default:
        unsendable(L, lua_type(L, -1) == LUA_TTHREAD ? "a coroutine" : "a userdata");
    }
}
