/* The candidate side: operations on the open program. */
#include "glue.h"


struct falcon_reply falcon_reply;
/* Registry: the objects that stay here, by number and the numbers by object. */
static const char objects_key = 'o', numbers_key = 'n';
/* Arguments as they were before the call. */
static struct falcon_bytes before;
/* Not a name that a program can define: the error value that was raised last. */
static const char last_error[] = "<error>";

static void push_table(lua_State *L, const void *key) {
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, key) == LUA_TTABLE)
        return;
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

/* The number of the object at the top of the stack, which stays there. */
static uint32_t number_of(lua_State *L) {
    luaL_checkstack(L, 8, NULL);
    int object = lua_gettop(L);
    push_table(L, &numbers_key);
    lua_pushvalue(L, object);
    if (lua_rawget(L, -2) == LUA_TNUMBER) {
        uint32_t number = (uint32_t)lua_tointeger(L, -1);
        lua_settop(L, object);
        return number;
    }
    push_table(L, &objects_key);
    uint32_t number = (uint32_t)lua_rawlen(L, -1) + 1;
    lua_pushvalue(L, object);
    lua_rawseti(L, -2, number);
    lua_pushvalue(L, object);
    lua_pushinteger(L, number);
    lua_rawset(L, object + 1);
    lua_settop(L, object);
    return number;
}

static void push_object(lua_State *L, uint32_t number) {
    push_table(L, &objects_key);
    lua_rawgeti(L, -1, number);
    lua_remove(L, -2);
}

/* What is no plain data stays here and crosses as an object with the name of its type. */
static void write_other(lua_State *L, struct falcon_writer *writer) {
    luaL_checkstack(L, 4, NULL);
    int type = lua_type(L, -1), callable = type == LUA_TFUNCTION;
    const char *kind = lua_typename(L, type);
    if (type == LUA_TLIGHTUSERDATA)
        falcon_refuse(L, "a value of type light userdata");
    int top = lua_gettop(L);
    if (lua_getmetatable(L, -1) && lua_type(L, -1) == LUA_TTABLE) {
        lua_pushliteral(L, "__call");
        callable |= lua_rawget(L, -2) != LUA_TNIL;
        lua_pop(L, 1);
        lua_pushliteral(L, "__name");
        if (lua_rawget(L, -2) == LUA_TSTRING)
            kind = lua_tostring(L, -1);
    }
    lua_settop(L, top);
    falcon_write_object(L, writer, number_of(L), kind, callable);
}

/* A function of the tests: its code, then the values that it closes over. */
static void read_function(lua_State *L, struct falcon_reader *reader) {
    size_t length;
    if (falcon_read_count(L, reader, 't') != 2)
        falcon_refuse(L, "malformed data: a function has two parts");
    const char *code = falcon_read_text(L, reader, &length);
    if (luaL_loadbufferx(L, code, length, "=tests.lua", "b") != LUA_OK)
        lua_error(L);
    int function = lua_gettop(L);
    size_t count = falcon_read_count(L, reader, 'l');
    for (size_t at = 1; at <= count; at++) {
        if (reader->at < reader->end && *reader->at == 'Z') {
            /* An empty frozen set, which is nothing of Lua's, stands for the globals. */
            falcon_read_count(L, reader, 'Z');
            lua_pushglobaltable(L);
        } else {
            falcon_read(L, reader);
        }
        if (lua_setupvalue(L, function, (int)at) == NULL)
            lua_pop(L, 1);
    }
}

static void read_known(lua_State *L, struct falcon_reader *reader, const char *name, size_t length) {
    size_t size;
    int callable;
    if (length == 6 && memcmp(name, "object", 6) == 0) {
        const char *kind;
        push_object(L, falcon_read_object(L, reader, &kind, &size, &callable));
    } else if (length == 6 && memcmp(name, "global", 6) == 0) {
        const char *global = falcon_read_text(L, reader, &size);
        falcon_push_name(L, global, size);
    } else if (length == 8 && memcmp(name, "function", 8) == 0) {
        read_function(L, reader);
    } else {
        falcon_refuse(L, "data of the kind %.*s, which Lua does not have", (int)length, name);
    }
}

/* Pushes the arguments; gives how many, and whether any is a table. */
static int push_arguments(lua_State *L, const struct falcon_operation *operation, int *tables) {
    const unsigned char *data = operation->arguments;
    struct falcon_reader reader = {data, data + operation->arguments_length, read_known};
    if (falcon_read_count(L, &reader, 't') != 2)
        falcon_refuse(L, "malformed arguments");
    size_t count = falcon_read_count(L, &reader, 'l');
    if (count > 100000)
        falcon_refuse(L, "more arguments than Lua has room for");
    luaL_checkstack(L, (int)count * 2 + 16, "too many arguments");
    *tables = 0;
    for (size_t at = 0; at < count; at++) {
        falcon_read(L, &reader);
        *tables |= lua_type(L, -1) == LUA_TTABLE;
    }
    /* Lua has no arguments by name: a table of them is the last argument. */
    if (reader.end - reader.at > 5) {
        falcon_read(L, &reader);
        count++;
    }
    return (int)count;
}

/* Writes `count` values from index `first` as arguments are written. */
static void write_arguments(lua_State *L, struct falcon_bytes *to, int first, int count) {
    to->length = 0;
    struct falcon_writer writer = {to, 0, MAX_BYTES, 1, write_other};
    falcon_write_arguments(L, &writer, first, count);
}

static int is_name(const struct falcon_operation *operation, const char *name) {
    return operation->name_length == strlen(name) && memcmp(operation->name, name, operation->name_length) == 0;
}

/* Calls with the copies of the `count` arguments from 1; the function is at the top. */
static void call(lua_State *L, int count) {
    for (int at = 1; at <= count; at++)
        lua_pushvalue(L, at);
    lua_call(L, count, LUA_MULTRET);
}

/* Raises what Lua does where a name that is called is no function. */
static void call_named(lua_State *L, const struct falcon_operation *operation, int count) {
    if (falcon_push_name(L, operation->name, operation->name_length) == LUA_TNIL) {
        lua_pushlstring(L, operation->name, operation->name_length);
        luaL_error(L, "attempt to call a nil value (global '%s')", lua_tostring(L, -1));
    }
    call(L, count);
}

/* A method, or with the names of the metamethods any key: `object[key]` and `object[key] = value`. */
static void call_method(lua_State *L, const struct falcon_operation *operation, int count) {
    push_object(L, operation->handle);
    if (is_name(operation, "__index") && count == 1) {
        lua_pushvalue(L, 1);
        lua_gettable(L, -2);
        lua_remove(L, -2);
    } else if (is_name(operation, "__newindex") && count == 2) {
        lua_pushvalue(L, 1);
        lua_pushvalue(L, 2);
        lua_settable(L, -3);
        lua_pop(L, 1);
    } else {
        lua_pushlstring(L, operation->name, operation->name_length);
        lua_gettable(L, -2);
        lua_insert(L, -2);
        for (int at = 1; at <= count; at++)
            lua_pushvalue(L, at);
        lua_call(L, count + 1, LUA_MULTRET);
    }
}

/* Leaves the results above the arguments. */
static void operate(lua_State *L, const struct falcon_operation *operation, int count) {
    switch (operation->kind) {
    case CALL:
        call_named(L, operation, count);
        break;
    case CALL_HANDLE:
        push_object(L, operation->handle);
        call(L, count);
        break;
    case CALL_METHOD:
        call_method(L, operation, count);
        break;
    case GET_ATTRIBUTE:
        push_object(L, operation->handle);
        lua_pushlstring(L, operation->name, operation->name_length);
        lua_gettable(L, -2);
        lua_remove(L, -2);
        break;
    case SET_ATTRIBUTE:
        push_object(L, operation->handle);
        lua_pushlstring(L, operation->name, operation->name_length);
        lua_pushvalue(L, 1);
        lua_settable(L, -3);
        lua_pop(L, 1);
        break;
    default:
        if (is_name(operation, last_error))
            lua_rawgetp(L, LUA_REGISTRYINDEX, falcon_error_key);
        else
            falcon_push_name(L, operation->name, operation->name_length);
    }
}

static void write_results(lua_State *L, int first) {
    struct falcon_writer writer = {&falcon_reply.value, 0, MAX_BYTES - REPLY_BYTES, 1, write_other};
    int last = lua_gettop(L), depth = MAX_DEPTH - REPLY_DEPTH;
    luaL_checkstack(L, 8, NULL);
    if (last > first) {
        falcon_write_count(L, &writer, 't', (size_t)(last - first + 1));
        depth--;
    } else if (last < first) {
        lua_pushnil(L);
        last = first;
    }
    for (int at = first; at <= last; at++) {
        lua_pushvalue(L, at);
        falcon_write(L, &writer, depth);
        lua_pop(L, 1);
    }
}

/* Whether the collector ran before it was stopped: no finaliser of the program's runs while its data is read. */
static int collecting;

static int perform(lua_State *L) {
    const struct falcon_operation *operation = lua_touserdata(L, 1);
    int tables;
    lua_settop(L, 0);
    falcon_reply.value.length = falcon_reply.changed.length = 0;
    int count = push_arguments(L, operation, &tables);
    if (tables)
        write_arguments(L, &before, 1, count);
    operate(L, operation, count);
    falcon_reply.answered = 1;
    collecting = lua_gc(L, LUA_GCISRUNNING);
    lua_gc(L, LUA_GCSTOP);
    write_results(L, count + 1);
    if (tables) {
        lua_settop(L, count);
        write_arguments(L, &falcon_reply.changed, 1, count);
        struct falcon_bytes *after = &falcon_reply.changed;
        if (after->length == before.length && memcmp(after->data, before.data, before.length) == 0)
            after->length = 0;
    }
    return 0;
}

/* Does one operation: the reply is in falcon_reply. */
enum falcon_status falcon_perform(lua_State *L, const struct falcon_operation *operation) {
    collecting = falcon_reply.answered = 0;
    enum falcon_status how = falcon_guarded(L, perform, (void *)operation);
    if (collecting)
        lua_gc(L, LUA_GCRESTART);
    return how;
}

/* Appends the names of Lua functions in the table at the top, which it takes. */
static void add_names(lua_State *L, int names) {
    if (lua_type(L, -1) == LUA_TTABLE) {
        for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
            if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TFUNCTION || lua_iscfunction(L, -1))
                continue;
            lua_pushvalue(L, -2);
            lua_rawseti(L, names, (lua_Integer)lua_rawlen(L, names) + 1);
        }
    }
    lua_pop(L, 1);
}

static int names(lua_State *L) {
    lua_settop(L, 0);
    lua_newtable(L);
    lua_pushglobaltable(L);
    add_names(L, 1);
    falcon_push_locals(L);
    add_names(L, 1);
    falcon_reply.value.length = 0;
    struct falcon_writer writer = {&falcon_reply.value, 0, MAX_BYTES - REPLY_BYTES, 1, write_other};
    falcon_write(L, &writer, 1);
    return 0;
}

/* The names of the program's functions, as a list in falcon_reply.value. */
enum falcon_status falcon_names(lua_State *L) {
    return falcon_guarded(L, names, NULL);
}
