/* Values in messages, as Lua would write them. */
#include "glue.h"

#include <stdio.h>

struct text {
    char *at;
    size_t length, room;
};

static void add(struct text *to, const char *text, size_t length) {
    size_t left = to->room - to->length;
    if (length > left)
        length = left;
    memcpy(to->at + to->length, text, length);
    to->length += length;
}

static void add_word(struct text *to, const char *word) {
    add(to, word, strlen(word));
}

static void add_string(struct text *to, const char *text, size_t length) {
    char escaped[8];
    add_word(to, "\"");
    for (size_t at = 0; at < length && to->length < to->room; at++) {
        unsigned char byte = (unsigned char)text[at];
        if (byte == '\n')
            add_word(to, "\\n");
        else if (byte == '"' || byte == '\\') {
            snprintf(escaped, sizeof escaped, "\\%c", byte);
            add_word(to, escaped);
        } else if (byte < 32 || byte == 127) {
            snprintf(escaped, sizeof escaped, "\\%03d", byte);
            add_word(to, escaped);
        } else {
            add(to, text + at, 1);
        }
    }
    add_word(to, "\"");
}

static void add_value(lua_State *L, int at, struct text *to, int depth);

static void add_table(lua_State *L, int at, struct text *to, int depth) {
    lua_Integer next = 1;
    int first = 1;
    add_word(to, "{");
    for (lua_pushnil(L); lua_next(L, at); lua_pop(L, 1)) {
        if (to->length >= to->room) {
            lua_pop(L, 2);
            return;
        }
        add_word(to, first ? "" : ", ");
        first = 0;
        int top = lua_gettop(L);
        if (lua_isinteger(L, top - 1) && lua_tointeger(L, top - 1) == next) {
            next++;
        } else {
            add_word(to, "[");
            add_value(L, top - 1, to, depth + 1);
            add_word(to, "]=");
        }
        add_value(L, top, to, depth + 1);
    }
    add_word(to, "}");
}

static void add_value(lua_State *L, int at, struct text *to, int depth) {
    size_t length;
    char number[64];
    luaL_checkstack(L, 8, NULL);
    switch (lua_type(L, at)) {
    case LUA_TNIL:
        add_word(to, "nil");
        break;
    case LUA_TBOOLEAN:
        add_word(to, lua_toboolean(L, at) ? "true" : "false");
        break;
    case LUA_TNUMBER:
        /* A copy: the conversion is in place, which would confuse a traversal. */
        lua_pushvalue(L, at);
        snprintf(number, sizeof number, "%s", lua_tostring(L, -1));
        lua_pop(L, 1);
        add_word(to, number);
        break;
    case LUA_TSTRING: {
        const char *text = lua_tolstring(L, at, &length);
        add_string(to, text, length);
        break;
    }
    case LUA_TTABLE:
        if (depth < 20 && !(lua_getmetatable(L, at) && (lua_pop(L, 1), 1)))
            add_table(L, at, to, depth);
        else
            add_word(to, "a table");
        break;
    default:
        add_word(to, falcon_is_proxy(L, at) ? "an object of the program" : luaL_typename(L, at));
    }
}

/* Shows the value at an absolute index; gives the length, and cuts what is longer than the room. */
size_t falcon_show(lua_State *L, int at, char *text, size_t room) {
    struct text to = {text, 0, room - 3};
    add_value(L, at, &to, 0);
    if (to.length < to.room)
        return to.length;
    while (to.length > 0 && ((unsigned char)text[to.length - 1] & 0xc0) == 0x80)
        to.length--;
    if (to.length > 0 && (unsigned char)text[to.length - 1] >= 0xc0)
        to.length--;
    memcpy(text + to.length, "…", 3);
    return to.length + 3;
}
