/* Running the program's top level, and finding its names afterwards. */
#include "glue.h"

#include <stdio.h>

#include "lobject.h"
#include "lopcodes.h"
#include "lstate.h"

/* Registry: the locals of the top level by name, and what its chunk returned. */
static const char locals_key = 'l', returned_key = 'm';
/* The function of the chunk whose locals are wanted. */
static const void *main_function;

/* A tail call at the top level would leave no locals to look at: it is made an ordinary one. */
static void without_tail_calls(Proto *chunk) {
    for (int at = 0; at < chunk->sizecode; at++) {
        Instruction *instruction = &chunk->code[at];
        if (GET_OPCODE(*instruction) == OP_TAILCALL) {
            SET_OPCODE(*instruction, OP_CALL);
            SETARG_C(*instruction, 0);
            SETARG_k(*instruction, 0);
        }
    }
}

/* Keeps the locals of the chunk when it returns: programs define functions as locals too. */
static void capture(lua_State *L, lua_Debug *at) {
    lua_getinfo(L, "f", at);
    const void *function = lua_topointer(L, -1);
    lua_pop(L, 1);
    if (function != main_function)
        return;
    lua_sethook(L, NULL, 0, 0);
    lua_newtable(L);
    const char *name;
    for (int number = 1; (name = lua_getlocal(L, at, number)) != NULL; number++) {
        if (name[0] == '(') {
            lua_pop(L, 1);
            continue;
        }
        lua_pushstring(L, name);
        lua_insert(L, -2);
        lua_rawset(L, -3);
    }
    lua_rawsetp(L, LUA_REGISTRYINDEX, &locals_key);
}

/* Under protection, with the chunk at the given index: runs it, and keeps its locals and first result. */
static int open_chunk(lua_State *L) {
    lua_pushvalue(L, lua_upvalueindex(1));
    main_function = lua_topointer(L, -1);
    without_tail_calls(clLvalue(s2v(L->top.p - 1))->p);
    lua_sethook(L, capture, LUA_MASKRET, 0);
    lua_call(L, 0, 1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &returned_key);
    return 0;
}

/* Runs the loaded chunk, which it takes off the stack. */
enum falcon_status falcon_open(lua_State *L) {
    int base = lua_gettop(L);
    falcon_fault.line = 0;
    lua_pushcfunction(L, falcon_handler);
    lua_insert(L, base);
    lua_pushcclosure(L, open_chunk, 1);
    int status = lua_pcall(L, 0, 0, base);
    /* Where an error left the chunk, no return took the hook away. */
    lua_sethook(L, NULL, 0, 0);
    enum falcon_status how = falcon_ended(L, status);
    lua_settop(L, base - 1);
    return how;
}

/* Pushes the table of the locals, or nil. */
void falcon_push_locals(lua_State *L) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &locals_key);
}

/* Pushes what a registry table holds under a name, without metamethods. */
static int push_from(lua_State *L, const void *key, const char *name, size_t length) {
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, key) == LUA_TTABLE) {
        lua_pushlstring(L, name, length);
        lua_rawget(L, -2);
        lua_remove(L, -2);
    } else {
        lua_pop(L, 1);
        lua_pushnil(L);
    }
    return lua_type(L, -1);
}

/* Pushes the variable of this name that a function of the table at the top closes over, if one does. */
static int push_shared(lua_State *L, const char *name) {
    int table = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
        if (lua_type(L, -1) != LUA_TFUNCTION || lua_iscfunction(L, -1))
            continue;
        const char *found;
        for (int at = 1; (found = lua_getupvalue(L, -1, at)) != NULL; at++) {
            if (strcmp(found, name) == 0) {
                lua_replace(L, table);
                lua_settop(L, table);
                return 1;
            }
            lua_pop(L, 1);
        }
    }
    lua_pop(L, 1);
    return 0;
}

/* A local that functions closed over may have changed since: they know what it is now. */
static int push_current(lua_State *L, const char *name) {
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &locals_key) == LUA_TTABLE && push_shared(L, name))
        return 1;
    lua_pushglobaltable(L);
    return push_shared(L, name);
}

/* Pushes the program's own thing of this name, or nil: a local of the top level hides a global, and a
 * program that is a module gives what it returned. May run `__index` of the program's globals. */
int falcon_push_name(lua_State *L, const char *name, size_t length) {
    luaL_checkstack(L, 8, NULL);
    int top = lua_gettop(L);
    if (push_from(L, &locals_key, name, length) != LUA_TNIL) {
        if (lua_type(L, -1) != LUA_TFUNCTION) {
            lua_pushlstring(L, name, length); /* Ends with a zero byte. */
            if (push_current(L, lua_tostring(L, top + 2)))
                lua_replace(L, top + 1);
        }
        lua_settop(L, top + 1);
        return lua_type(L, -1);
    }
    lua_settop(L, top);
    if (push_from(L, &locals_key, "_ENV", 4) != LUA_TTABLE) {
        lua_settop(L, top);
        lua_pushglobaltable(L);
    }
    lua_pushlstring(L, name, length);
    if (lua_gettable(L, -2) != LUA_TNIL) {
        lua_remove(L, -2);
        return lua_type(L, -1);
    }
    lua_settop(L, top);
    return push_from(L, &returned_key, name, length);
}

static int share(lua_State *L) {
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &locals_key) != LUA_TTABLE)
        return 0;
    lua_pushglobaltable(L);
    for (lua_pushnil(L); lua_next(L, -3);) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, -4);
    }
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &locals_key);
    return 0;
}

/* Makes the locals of the chunk that ran globals, for the chunks that follow it. */
void falcon_share(lua_State *L) {
    falcon_guarded(L, share, NULL);
}

/* Writes what the standalone interpreter would, and notes the place. */
static int report(lua_State *L) {
    falcon_handler(L);
    const char *text = lua_tostring(L, 1);
    if (text == NULL)
        text = luaL_callmeta(L, 1, "__tostring") && lua_type(L, -1) == LUA_TSTRING
                   ? lua_tostring(L, -1)
                   : lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 1));
    luaL_traceback(L, L, text, 1);
    fflush(stdout);
    fprintf(stderr, "lua: %s\n", lua_tostring(L, -1));
    lua_settop(L, 1);
    return 1;
}

struct arguments {
    const char *text;
    size_t length;
};

/* With the chunk as upvalue: sets `arg`, and calls the chunk with the same arguments. */
static int run_chunk(lua_State *L) {
    const struct arguments *given = lua_touserdata(L, 1);
    lua_settop(L, 0);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_newtable(L);
    lua_pushliteral(L, "program.lua");
    lua_rawseti(L, 2, 0);
    const char *at = given->text, *end = at + given->length;
    int count = 0;
    for (; at < end; at += strlen(at) + 1) {
        luaL_checkstack(L, 2, "too many arguments");
        lua_pushstring(L, at);
        lua_pushvalue(L, -1);
        lua_rawseti(L, 2, ++count);
    }
    lua_pushvalue(L, 2);
    lua_setglobal(L, "arg");
    lua_remove(L, 2);
    lua_call(L, count, 0);
    return 0;
}

/* Runs the loaded chunk as a whole program, and closes the state, which runs what waits for that.
 * `arguments` are texts that each end with a zero byte. The exit code of a program that is OK is in
 * falcon_exit_code. */
enum falcon_status falcon_run(lua_State *L, const char *arguments, size_t length) {
    static char buffer[8192];
    jmp_buf over;
    struct arguments given = {arguments, length};
    int base = lua_gettop(L);
    enum falcon_status how = FALCON_OK;
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    falcon_fault.line = 0;
    falcon_exit_code = 0;
    falcon_exit_to = &over;
    if (setjmp(over) == 0) {
        lua_pushcfunction(L, report);
        lua_insert(L, base);
        lua_pushcclosure(L, run_chunk, 1);
        lua_pushlightuserdata(L, &given);
        how = falcon_ended(L, lua_pcall(L, 1, 0, base));
        lua_close(L);
    }
    fflush(stdout);
    fflush(stderr);
    return how;
}
