/* The test side: a trusted test program, each of whose assertions is a test of its own.
 *
 * Rust has put each assertion statement into `_falcon_site(number, function() … end)`. */
#include "glue.h"

#include <stdio.h>

/* The function of the assertion that is being made. */
static const void *site_function;
/* What `a == b` of the assertion compared, where they differ. */
static char got[400], message[900];
static size_t got_length, message_length;
/* Raised by a test that is over before its end, on purpose. */
static const char over = 'o';

static void on_refusing(const char *text, size_t length) {
    char whole[320];
    if (falcon_sending) {
        falcon_sending = 0;
        falcon_on_unsendable(text, length);
        return;
    }
    int size = snprintf(whole, sizeof whole, "returned %.*s", (int)length, text);
    falcon_on_refused(whole, (size_t)size);
}

/* Says how a test or test function ended, whose number or name is at index 1. Raises where the run is over. */
static void told(lua_State *L, uint32_t number, int status) {
    struct falcon_result result = {number, FALCON_OK, "", "", "", 0, 0, 0};
    if (number == 0)
        result.name = lua_tolstring(L, 1, &result.name_length);
    if (status == LUA_OK || lua_touserdata(L, -1) == &over) {
        falcon_on_result(&result);
        return;
    }
    if (lua_type(L, -1) == LUA_TTABLE) {
        lua_pushliteral(L, "got");
        if (lua_rawget(L, -2) == LUA_TSTRING) {
            size_t length;
            const char *text = lua_tolstring(L, -1, &length);
            got_length = length < sizeof got ? length : sizeof got;
            memcpy(got, text, got_length);
        }
        lua_pop(L, 1);
    }
    result.status = falcon_ended(L, status);
    result.got = got;
    result.got_length = got_length;
    result.message = message;
    result.message_length = message_length;
    falcon_on_result(&result);
    if (result.status == FALCON_STOPPED) {
        lua_pushlightuserdata(L, (void *)falcon_stop);
        lua_error(L);
    }
}

/* _falcon_site(number, function) */
static int site(lua_State *L) {
    uint32_t number = (uint32_t)luaL_checkinteger(L, 1);
    const void *outer = site_function;
    lua_settop(L, 2);
    site_function = lua_topointer(L, 2);
    got_length = message_length = 0;
    falcon_on_check();
    int status = lua_pcall(L, 0, 0, 0);
    site_function = outer;
    told(L, number, status);
    return 0;
}

/* guarded(name, function): calls a test function; gives whether it, and each assertion in it, held. */
static int guarded(lua_State *L) {
    luaL_checkstring(L, 1);
    lua_settop(L, 2);
    lua_pushcfunction(L, falcon_handler);
    lua_insert(L, 2);
    falcon_fault.line = 0;
    got_length = message_length = 0;
    uint32_t failures = falcon_failures();
    told(L, 0, lua_pcall(L, 0, 0, 2));
    lua_pushboolean(L, falcon_failures() == failures);
    return 1;
}

/* _falcon_same(a, b): `a == b` of an assertion, with both sides kept for the message. */
static int same(lua_State *L) {
    char other[400];
    lua_settop(L, 2);
    for (int at = 1; at <= 2; at++) {
        if (falcon_is_proxy(L, at))
            falcon_refuse_proxy(L, at);
    }
    int equal = lua_compare(L, 1, 2, LUA_OPEQ);
    if (!equal) {
        got_length = falcon_show(L, 1, got, sizeof got);
        size_t length = falcon_show(L, 2, other, sizeof other);
        int size = snprintf(message, sizeof message, "got %.*s, and the other side is %.*s", (int)got_length, got, (int)length, other);
        message_length = (size_t)size < sizeof message ? (size_t)size : sizeof message - 1;
    }
    lua_pushboolean(L, equal);
    return 1;
}

/* `assert`. As the statement that is the test, it is no answer that an object is there. */
static int checked_assert(lua_State *L) {
    lua_Debug caller;
    luaL_checkany(L, 1);
    falcon_on_check();
    if (falcon_is_proxy(L, 1) && site_function != NULL && lua_getstack(L, 1, &caller)) {
        lua_getinfo(L, "f", &caller);
        if (lua_topointer(L, -1) == site_function)
            falcon_refuse_proxy(L, 1);
        lua_pop(L, 1);
    }
    if (lua_toboolean(L, 1))
        return lua_gettop(L);
    lua_remove(L, 1);
    if (lua_isnone(L, 1))
        lua_pushliteral(L, "the assertion does not hold");
    lua_settop(L, 1);
    return lua_error(L);
}

/* `os.exit`: the test program is over, and the rest of the harness is not. */
static int exit_tests(lua_State *L) {
    int code = lua_isboolean(L, 1) ? !lua_toboolean(L, 1) : (int)luaL_optinteger(L, 1, 0);
    falcon_on_exit(code);
    lua_pushlightuserdata(L, (void *)falcon_stop);
    return lua_error(L);
}

static int is_handle(lua_State *L) {
    lua_settop(L, 1);
    lua_pushboolean(L, falcon_is_proxy(L, 1));
    return 1;
}

static int refuse(lua_State *L) {
    lua_settop(L, 1);
    return falcon_refuse_proxy(L, 1);
}

static int check(lua_State *L) {
    (void)L;
    falcon_on_check();
    return 0;
}

static int show(lua_State *L) {
    char text[400];
    lua_settop(L, 1);
    lua_pushlstring(L, text, falcon_show(L, 1, text, sizeof text));
    return 1;
}

static const luaL_Reg natives[] = {
    {"is_handle", is_handle}, {"refuse", refuse}, {"check", check}, {"show", show}, {"guarded", guarded}, {NULL, NULL},
};

static struct falcon_luaunit luaunit;

/* assertions(...): compiles and runs the second part of the module. */
static int load_assertions(lua_State *L) {
    if (luaL_loadbufferx(L, luaunit.assertions, luaunit.assertions_length, "=assertions.lua", "t") != LUA_OK)
        return lua_error(L);
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, 0);
    return 0;
}

/* `require 'luaunit'`. Compiled when asked for: many tests do without it. */
static int load_luaunit(lua_State *L) {
    if (luaL_loadbufferx(L, luaunit.source, luaunit.length, "=luaunit.lua", "t") != LUA_OK)
        return lua_error(L);
    luaL_newlib(L, natives);
    lua_pushlightuserdata(L, (void *)&over);
    lua_setfield(L, -2, "over");
    lua_pushcfunction(L, load_assertions);
    lua_setfield(L, -2, "assertions");
    lua_call(L, 1, 1);
    return 1;
}

static int install(lua_State *L) {
    falcon_remember_standard(L);
    falcon_proxies(L);
    lua_register(L, "_falcon_site", site);
    lua_register(L, "_falcon_same", same);
    lua_register(L, "assert", checked_assert);
    lua_getglobal(L, LUA_OSLIBNAME);
    lua_pushcfunction(L, exit_tests);
    lua_setfield(L, -2, "exit");
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, load_luaunit);
    lua_setfield(L, -2, "luaunit");
    return 0;
}

/* Makes a state the test side's. The sources of the module luaunit stay. */
enum falcon_status falcon_harness(lua_State *L, const struct falcon_luaunit *sources) {
    luaunit = *sources;
    falcon_refusing = on_refusing;
    return falcon_guarded(L, install, NULL);
}

struct binding {
    const char *name;
    size_t length;
    const unsigned char *data; /* NULL for the program's own. */
    size_t data_length;
};

static int bind(lua_State *L) {
    const struct binding *binding = lua_touserdata(L, 1);
    if (binding->data == NULL) {
        falcon_bind_remote(L, binding->name, binding->length);
        return 0;
    }
    struct falcon_reader reader = {binding->data, binding->data + binding->data_length, NULL};
    lua_pushglobaltable(L);
    lua_pushlstring(L, binding->name, binding->length);
    falcon_read(L, &reader);
    lua_rawset(L, -3);
    return 0;
}

/* Makes a global of the tests the program's of this name, or plain data where that is given. */
enum falcon_status falcon_bind(lua_State *L, const char *name, size_t length, const unsigned char *data, size_t data_length) {
    struct binding binding = {name, length, data, data_length};
    return falcon_guarded(L, bind, &binding);
}

static int entry_of(lua_State *L) {
    const char *const *names = lua_touserdata(L, 1);
    if (falcon_push_name(L, names[0], strlen(names[0])) == LUA_TNIL)
        return luaL_error(L, "the test program does not define %s", names[0]);
    if (names[1][0] != 0)
        lua_getglobal(L, names[1]);
    lua_call(L, names[1][0] != 0, 0);
    return 0;
}

/* Calls the entry function with the proxy of the first remote name, if there is one. */
enum falcon_status falcon_run_entry(lua_State *L, const char *entry, const char *first) {
    const char *names[] = {entry, first};
    return falcon_guarded(L, entry_of, names);
}
