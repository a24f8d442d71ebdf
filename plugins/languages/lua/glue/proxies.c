/* What stands on the test side for the program's names and objects.
 *
 * A handle stands for an object of the program. It can be called where the object can, be indexed, and be
 * passed back, each step carried across. It is never an answer: what would compare, measure, iterate or
 * compute with it is refused, so an object that claims to equal everything has nothing to say here. */
#include "glue.h"

#include <stdio.h>

static const char stop = 's';
const void *const falcon_stop = &stop;
/* Registry: the metatable of handles; what functions stand for; the names that are the program's. */
static const char handles_key = 'h', functions_key = 'f', names_key = 'n';
static const char last_error[] = "<error>";

struct handle {
    uint32_t number;
    int callable;
};

static struct handle *handle_at(lua_State *L, int at) {
    struct handle *found = lua_touserdata(L, at);
    if (found == NULL || lua_islightuserdata(L, at) || !lua_getmetatable(L, at))
        return NULL;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &handles_key);
    int same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same ? found : NULL;
}

/* Pushes what the function at this index stands for: a number or a name; nil for the tests' own. */
static int push_stood_for(lua_State *L, int at) {
    at = lua_absindex(L, at);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &functions_key);
    lua_pushvalue(L, at);
    lua_rawget(L, -2);
    lua_remove(L, -2);
    return lua_type(L, -1);
}

int falcon_is_proxy(lua_State *L, int at) {
    luaL_checkstack(L, 4, NULL);
    if (lua_type(L, at) == LUA_TUSERDATA)
        return handle_at(L, at) != NULL;
    if (!lua_iscfunction(L, at))
        return 0;
    int found = push_stood_for(L, at) != LUA_TNIL;
    lua_pop(L, 1);
    return found;
}

/* The type's name of the object that the proxy stands for. */
static const char *kind_of(lua_State *L, int at) {
    if (lua_type(L, at) == LUA_TFUNCTION)
        return "function";
    lua_getiuservalue(L, at, 1);
    const char *kind = lua_tostring(L, -1);
    lua_pop(L, 1); /* The handle holds it. */
    return kind;
}

int falcon_refuse_proxy(lua_State *L, int at) {
    char text[320];
    int length = lua_type(L, at) == LUA_TNIL
                     ? snprintf(text, sizeof text, "returned an object, which is not plain data")
                     : snprintf(text, sizeof text, "returned a value of type %s, which is not plain data", kind_of(L, at));
    falcon_on_refused(text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
    lua_pushlightuserdata(L, (void *)falcon_refusal);
    return lua_error(L);
}

static int refuse_use(lua_State *L) {
    return falcon_refuse_proxy(L, falcon_is_proxy(L, 1) ? 1 : 2);
}

static int call_function(lua_State *L) {
    size_t length;
    if (lua_type(L, lua_upvalueindex(1)) == LUA_TSTRING) {
        const char *name = lua_tolstring(L, lua_upvalueindex(1), &length);
        return falcon_ask(L, CALL, 0, name, length, 1);
    }
    return falcon_ask(L, CALL_HANDLE, (uint32_t)lua_tointeger(L, lua_upvalueindex(1)), "", 0, 1);
}

/* Replaces the number or name at the top with the function that stands for it. */
static void wrap_function(lua_State *L) {
    int top = lua_gettop(L);
    lua_pushvalue(L, top);
    lua_pushcclosure(L, call_function, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &functions_key);
    lua_pushvalue(L, -2);
    lua_pushvalue(L, top);
    lua_rawset(L, -3);
    lua_pop(L, 1);
    lua_replace(L, top);
}

static void read_known(lua_State *L, struct falcon_reader *reader, const char *name, size_t length) {
    const char *kind;
    size_t size;
    int callable;
    if (length != 6 || memcmp(name, "object", 6) != 0)
        falcon_refuse(L, "data of the kind %.*s, which Lua does not have", (int)length, name);
    uint32_t number = falcon_read_object(L, reader, &kind, &size, &callable);
    if (size == 8 && memcmp(kind, "function", 8) == 0) {
        lua_pushinteger(L, number);
        wrap_function(L);
        return;
    }
    struct handle *handle = lua_newuserdatauv(L, sizeof *handle, 2);
    handle->number = number;
    handle->callable = callable;
    lua_pushlstring(L, kind, size);
    lua_setiuservalue(L, -2, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &handles_key);
    lua_setmetatable(L, -2);
}

/* Pushes what the program gave: several values where it gave several. */
static int take_values(lua_State *L, const struct falcon_answer *answer) {
    struct falcon_reader reader = {answer->value, answer->value + answer->value_length, read_known};
    if (answer->value_length == 0 || answer->value[0] != 't') {
        falcon_read(L, &reader);
        return 1;
    }
    size_t count = falcon_read_count(L, &reader, 't');
    if (count > 100000)
        falcon_refuse(L, "more results than Lua has room for");
    luaL_checkstack(L, (int)count + 8, "too many results");
    for (size_t at = 0; at < count; at++)
        falcon_read(L, &reader);
    return (int)count;
}

static void take_changes(lua_State *L, const struct falcon_answer *answer, int first, int count) {
    struct falcon_reader reader = {answer->changed, answer->changed + answer->changed_length, read_known};
    falcon_read_count(L, &reader, 't');
    size_t came = falcon_read_count(L, &reader, 'l');
    for (size_t at = 0; at < came && at < (size_t)count; at++) {
        falcon_read(L, &reader);
        falcon_update(L, first + (int)at, lua_gettop(L));
        lua_pop(L, 1);
    }
}

/* Raises what the program raised: its text, or what its error value is. */
static int raise(lua_State *L, const struct falcon_answer *answer) {
    struct falcon_answer value = {0};
    lua_pushlstring(L, answer->message, answer->message_length);
    if (answer->has_value) {
        static const unsigned char none[] = "t\2\0\0\0l\0\0\0\0d\0\0\0\0";
        struct falcon_operation operation = {GET_GLOBAL, 0, last_error, sizeof last_error - 1, none, sizeof none - 1};
        falcon_on_perform(&operation, &value);
        if (value.status == FALCON_OK) {
            take_values(L, &value);
            if (handle_at(L, -1) != NULL) { /* tostring gives its text. */
                lua_pushvalue(L, -2);
                lua_setiuservalue(L, -2, 2);
            }
        }
    }
    falcon_raised_nil = lua_isnil(L, -1);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, falcon_raised_key);
    return lua_error(L);
}

/* Carries one operation across, with the values from index `first` as arguments. */
int falcon_ask(lua_State *L, enum falcon_kind kind, uint32_t number, const char *name, size_t length, int first) {
    static struct falcon_bytes arguments;
    struct falcon_answer answer = {0};
    int count = lua_gettop(L) - first + 1;
    luaL_checkstack(L, 8, NULL);
    falcon_write_back(L);
    arguments.length = 0;
    struct falcon_writer writer = {&arguments, 0, MAX_BYTES - REPLY_BYTES, 0, falcon_send};
    falcon_sending = 1;
    falcon_write_arguments(L, &writer, first, count);
    falcon_sending = 0;
    struct falcon_operation operation = {kind, number, name, length, arguments.data, arguments.length};
    falcon_on_perform(&operation, &answer);
    switch (answer.status) {
    case FALCON_OK:
        if (answer.changed != NULL)
            take_changes(L, &answer, first, count);
        return take_values(L, &answer);
    case FALCON_RAISED:
        return raise(L, &answer);
    default:
        lua_pushlightuserdata(L, (void *)(answer.status == FALCON_STOPPED ? falcon_stop : falcon_refusal));
        return lua_error(L);
    }
}

static int handle_index(lua_State *L) {
    size_t length;
    struct handle *handle = lua_touserdata(L, 1);
    if (lua_type(L, 2) != LUA_TSTRING)
        return falcon_ask(L, CALL_METHOD, handle->number, "__index", 7, 2);
    const char *name = lua_tolstring(L, 2, &length);
    int count = falcon_ask(L, GET_ATTRIBUTE, handle->number, name, length, 3);
    falcon_keep_view(L, handle->number, name);
    return count;
}

static int handle_newindex(lua_State *L) {
    size_t length;
    struct handle *handle = lua_touserdata(L, 1);
    if (lua_type(L, 2) != LUA_TSTRING) {
        falcon_ask(L, CALL_METHOD, handle->number, "__newindex", 10, 2);
        return 0;
    }
    const char *name = lua_tolstring(L, 2, &length);
    falcon_ask(L, SET_ATTRIBUTE, handle->number, name, length, 3);
    return 0;
}

static int handle_call(lua_State *L) {
    struct handle *handle = lua_touserdata(L, 1);
    return falcon_ask(L, CALL_HANDLE, handle->number, "", 0, 2);
}

/* The text of an error; of no other object, since a text would be an answer. */
static int handle_tostring(lua_State *L) {
    if (handle_at(L, 1) != NULL && lua_getiuservalue(L, 1, 2) == LUA_TSTRING)
        return 1;
    return refuse_use(L);
}

/* `type` as the program's side would say it. */
static int type_of(lua_State *L) {
    luaL_checkany(L, 1);
    if (handle_at(L, 1) == NULL) {
        lua_pushstring(L, luaL_typename(L, 1));
        return 1;
    }
    const char *kind = kind_of(L, 1);
    int told = strcmp(kind, "thread") == 0 || strcmp(kind, "userdata") == 0;
    lua_pushstring(L, told ? kind : "table");
    return 1;
}

/* Writes the proxy at the top as what it stands for; 0 where it is none. */
int falcon_write_proxy(lua_State *L, struct falcon_writer *writer) {
    struct handle *handle = handle_at(L, -1);
    size_t length;
    if (handle != NULL) {
        falcon_write_object(L, writer, handle->number, kind_of(L, -1), handle->callable);
        return 1;
    }
    if (!lua_iscfunction(L, -1))
        return 0;
    int type = push_stood_for(L, -1);
    if (type == LUA_TNUMBER) {
        falcon_write_object(L, writer, (uint32_t)lua_tointeger(L, -1), "function", 1);
    } else if (type == LUA_TSTRING) {
        const char *name = lua_tolstring(L, -1, &length);
        falcon_write_known(L, writer, "global");
        falcon_write_text(L, writer, name, length);
    }
    lua_pop(L, 1);
    return type != LUA_TNIL;
}

static int read_once(lua_State *L) {
    size_t length;
    const char *name = lua_tolstring(L, 1, &length);
    return falcon_ask(L, GET_GLOBAL, 0, name, length, 2);
}

/* `__index` of the tests' globals: a name of the program is looked at when it is first used. A function is
 * called by its name from then on, and so is what is missing there, so that the program's side says that it
 * is. Data is read anew each time. */
static int read_global(lua_State *L) {
    lua_settop(L, 2);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &names_key);
    lua_pushvalue(L, 2);
    if (lua_type(L, 2) != LUA_TSTRING || lua_rawget(L, 3) == LUA_TNIL)
        return 0;
    lua_settop(L, 2);
    lua_pushcfunction(L, read_once);
    lua_pushvalue(L, 2);
    int failed = lua_pcall(L, 1, 1, 0) != LUA_OK;
    if (failed && lua_touserdata(L, -1) == falcon_stop)
        lua_error(L);
    int type = failed ? LUA_TNIL : lua_type(L, -1);
    if (type == LUA_TFUNCTION || type == LUA_TNIL) {
        lua_settop(L, 2);
        lua_pushvalue(L, 2);
        wrap_function(L);
    } else if (type != LUA_TUSERDATA) {
        return 1;
    }
    lua_pushvalue(L, 2);
    lua_pushvalue(L, 3);
    lua_rawset(L, 1);
    return 1;
}

/* Makes a global of the tests stand for the program's of this name. */
void falcon_bind_remote(lua_State *L, const char *name, size_t length) {
    int top = lua_gettop(L);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &names_key);
    lua_pushlstring(L, name, length);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
    lua_pushglobaltable(L);
    lua_pushlstring(L, name, length);
    lua_pushnil(L);
    lua_rawset(L, -3);
    lua_settop(L, top);
}

static const luaL_Reg carried[] = {
    {"__index", handle_index}, {"__newindex", handle_newindex}, {"__call", handle_call},
    {"__tostring", handle_tostring}, {NULL, NULL},
};

static const char *const refused[] = {
    "__eq", "__lt", "__le", "__len", "__concat", "__add", "__sub", "__mul", "__div", "__mod", "__pow", "__unm",
    "__idiv", "__band", "__bor", "__bxor", "__shl", "__shr", "__bnot", "__pairs", "__close",
};

/* Readies the test side's state. */
void falcon_proxies(lua_State *L) {
    int top = lua_gettop(L);
    lua_newtable(L);
    luaL_setfuncs(L, carried, 0);
    for (size_t at = 0; at < sizeof refused / sizeof *refused; at++) {
        lua_pushcfunction(L, refuse_use);
        lua_setfield(L, -2, refused[at]);
    }
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &handles_key);
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &functions_key);
    lua_newtable(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &names_key);
    lua_pushglobaltable(L);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, read_global);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_register(L, "type", type_of);
    lua_settop(L, top);
}
