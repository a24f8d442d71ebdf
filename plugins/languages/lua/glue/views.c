/* Tables that the program, or the tests, changed in place. */
#include "glue.h"

/* Tables read from attributes that are followed: each is looked at before each crossing. */
#define MOST 100
/* Registry: by number, then by `handle:name` the numbers. A view is {table, its data, handle, name}. */
static const char views_key = 'v';
static int next_view;
/* Whether what is being set is a view. */
static int writing;

static int is_plain_table(lua_State *L, int at) {
    if (lua_type(L, at) != LUA_TTABLE)
        return 0;
    if (!lua_getmetatable(L, at))
        return 1;
    lua_pop(L, 1);
    return 0;
}

/* Makes a table of the tests what the program made of it, keeping the identity of what is nested in it. */
void falcon_update(lua_State *L, int target, int source) {
    luaL_checkstack(L, 8, "data nested too deep");
    if (!is_plain_table(L, target) || !is_plain_table(L, source))
        return;
    for (lua_pushnil(L); lua_next(L, target);) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        int gone = lua_rawget(L, source) == LUA_TNIL;
        lua_pop(L, 1);
        if (gone) {
            lua_pushvalue(L, -1);
            lua_pushnil(L);
            lua_rawset(L, target);
        }
    }
    for (lua_pushnil(L); lua_next(L, source); lua_pop(L, 1)) {
        int value = lua_gettop(L);
        lua_pushvalue(L, value - 1);
        lua_rawget(L, target);
        if (is_plain_table(L, value) && is_plain_table(L, value + 1)) {
            falcon_update(L, value + 1, value);
        } else {
            lua_pushvalue(L, value - 1);
            lua_pushvalue(L, value);
            lua_rawset(L, target);
        }
        lua_settop(L, value);
    }
}

static void push_views(lua_State *L) {
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &views_key) == LUA_TTABLE)
        return;
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &views_key);
}

/* Pushes the data that the table at the top would cross as. */
static void push_data(lua_State *L) {
    static struct falcon_bytes data;
    struct falcon_writer writer = {&data, 0, MAX_BYTES - REPLY_BYTES, 0, falcon_send};
    data.length = 0;
    falcon_sending = 1;
    falcon_write(L, &writer, MAX_DEPTH - 2);
    falcon_sending = 0;
    lua_pushlstring(L, (const char *)data.data, data.length);
}

/* Pushes the view of this key, or makes the place of the oldest one its own and pushes nil. */
static void push_view(lua_State *L, int views, int key, lua_Integer *number) {
    lua_pushvalue(L, key);
    if (lua_rawget(L, views) == LUA_TNUMBER) {
        *number = lua_tointeger(L, -1);
        lua_rawgeti(L, views, *number);
        return;
    }
    *number = next_view = next_view % MOST + 1;
    if (lua_rawgeti(L, views, *number) == LUA_TTABLE) {
        lua_rawgeti(L, -1, 5);
        lua_pushnil(L);
        lua_rawset(L, views);
    }
    lua_pushnil(L);
}

/* The table at the top was read from an attribute. Reading one again gives the same table, brought up to
 * date, so that what the tests change in it is not lost. */
void falcon_keep_view(lua_State *L, uint32_t handle, const char *name) {
    int value = lua_gettop(L);
    lua_Integer number;
    if (!is_plain_table(L, value))
        return;
    luaL_checkstack(L, 16, NULL);
    push_views(L);
    lua_pushfstring(L, "%I:%s", (LUAI_UACINT)handle, name);
    push_view(L, value + 1, value + 2, &number);
    if (lua_type(L, -1) == LUA_TTABLE) {
        lua_rawgeti(L, -1, 1);
        falcon_update(L, lua_gettop(L), value);
        lua_replace(L, value);
    }
    lua_settop(L, value + 2);
    lua_createtable(L, 5, 0);
    lua_pushvalue(L, value);
    lua_rawseti(L, -2, 1);
    lua_pushvalue(L, value);
    push_data(L);
    lua_rawseti(L, value + 3, 2);
    lua_pop(L, 1);
    lua_pushinteger(L, handle);
    lua_rawseti(L, -2, 3);
    lua_pushstring(L, name);
    lua_rawseti(L, -2, 4);
    lua_pushvalue(L, value + 2);
    lua_rawseti(L, -2, 5);
    lua_rawseti(L, value + 1, number);
    lua_pushvalue(L, value + 2);
    lua_pushinteger(L, number);
    lua_rawset(L, value + 1);
    lua_settop(L, value);
}

/* Sets the view that is the argument in the program. */
static int set_view(lua_State *L) {
    size_t length;
    lua_rawgeti(L, 1, 3);
    uint32_t handle = (uint32_t)lua_tointeger(L, -1);
    lua_rawgeti(L, 1, 4);
    const char *name = lua_tolstring(L, -1, &length);
    lua_rawgeti(L, 1, 1);
    falcon_ask(L, SET_ATTRIBUTE, handle, name, length, 4);
    return 0;
}

/* Sets in the program what the tests changed in tables that they read from attributes. */
void falcon_write_back(lua_State *L) {
    int top = lua_gettop(L);
    if (writing || next_view == 0)
        return;
    luaL_checkstack(L, 8, NULL);
    push_views(L);
    for (lua_Integer number = 1; number <= MOST && lua_rawgeti(L, top + 1, number) == LUA_TTABLE; number++) {
        lua_rawgeti(L, -1, 1);
        push_data(L);
        lua_rawgeti(L, top + 2, 2);
        if (!lua_rawequal(L, -1, -2)) {
            lua_pop(L, 1);
            lua_rawseti(L, top + 2, 2);
            lua_pushcfunction(L, set_view);
            lua_pushvalue(L, top + 2);
            writing = 1;
            int status = lua_pcall(L, 1, 0, 0);
            writing = 0;
            /* What cannot be set gives out copies, and changing one changes nothing. */
            if (status != LUA_OK && lua_touserdata(L, -1) == falcon_stop)
                lua_error(L);
        }
        lua_settop(L, top + 1);
    }
    lua_settop(L, top);
}
