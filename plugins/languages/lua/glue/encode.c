/* Plain data out of Lua: the encoding of wit/language/v0.1/README.md.
 *
 * Only raw access: no metamethod of a program runs here, and nothing that it can replace is called. */
#include "glue.h"

static void room_for(lua_State *L, struct falcon_writer *writer) {
    if (writer->to->length > writer->limit)
        falcon_refuse(L, "more than the %u bytes of data that may cross", MAX_BYTES);
    if (writer->values++ >= MAX_VALUES - 8)
        falcon_refuse(L, "more than the %u values that may cross", MAX_VALUES);
}

static void put_byte(lua_State *L, struct falcon_writer *writer, char tag) {
    falcon_put(L, writer->to, &tag, 1);
}

void falcon_write_count(lua_State *L, struct falcon_writer *writer, char tag, size_t count) {
    /* WebAssembly is little-endian, as the encoding is. */
    uint32_t number = (uint32_t)count;
    put_byte(L, writer, tag);
    falcon_put(L, writer->to, &number, sizeof number);
}

/* The length of the UTF-8 sequence here, lone surrogates included; 0 where there is none. */
static size_t sequence(const unsigned char *at, size_t left) {
    unsigned char first = at[0];
    size_t length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (length == 0 || length > left)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    }
    int too_long = (first == 0xe0 && at[1] < 0xa0) || (first == 0xf0 && at[1] < 0x90);
    int too_large = first == 0xf4 && at[1] >= 0x90;
    return too_long || too_large ? 0 : length;
}

static int is_text(const char *text, size_t length) {
    const unsigned char *at = (const unsigned char *)text, *end = at + length;
    while (at < end) {
        size_t step = sequence(at, (size_t)(end - at));
        if (step == 0)
            return 0;
        at += step;
    }
    return 1;
}

void falcon_write_text(lua_State *L, struct falcon_writer *writer, const char *text, size_t length) {
    if (length > writer->limit)
        falcon_refuse(L, "a text of %u bytes, and %u may cross", (unsigned)length, MAX_BYTES);
    falcon_write_count(L, writer, is_text(text, length) ? 's' : 'b', length);
    falcon_put(L, writer->to, text, length);
}

void falcon_write_known(lua_State *L, struct falcon_writer *writer, const char *name) {
    falcon_write_count(L, writer, 'K', strlen(name));
    falcon_put(L, writer->to, name, strlen(name));
}

void falcon_write_object(lua_State *L, struct falcon_writer *writer, uint32_t number, const char *kind, int callable) {
    /* As much as names of types may take; no sequence of bytes is cut, since only whole texts are names. */
    size_t length = strlen(kind);
    if (length > 200 || !is_text(kind, length)) {
        kind = "object";
        length = strlen(kind);
    }
    writer->values += 4;
    falcon_write_known(L, writer, "object");
    falcon_write_count(L, writer, 't', 3);
    falcon_write_count(L, writer, 'h', number);
    falcon_write_count(L, writer, 's', length);
    falcon_put(L, writer->to, kind, length);
    put_byte(L, writer, callable ? 'T' : 'F');
}

/* What a table is: pairs, and whether their keys are 1..n. Negative where it holds functions or the like. */
static lua_Integer pairs_of(lua_State *L, int *sequence_of_all) {
    lua_Integer count = 0, last = (lua_Integer)lua_rawlen(L, -1);
    int all = 1, object = 0;
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        int type = lua_type(L, -1);
        object |= type == LUA_TFUNCTION || type == LUA_TUSERDATA || type == LUA_TTHREAD;
        if (!lua_isinteger(L, -2) || lua_tointeger(L, -2) < 1 || lua_tointeger(L, -2) > last)
            all = 0;
        count++;
    }
    *sequence_of_all = all && count == last;
    return object ? -1 : count;
}

static void write_table(lua_State *L, struct falcon_writer *writer, int depth) {
    int all;
    luaL_checkstack(L, 8, "data nested too deep");
    lua_Integer count = pairs_of(L, &all);
    if (count < 0 && writer->program) {
        writer->other(L, writer);
        return;
    }
    if (depth == 0)
        falcon_refuse(L, "data nested deeper than %d", MAX_DEPTH);
    if (all) {
        count = (lua_Integer)lua_rawlen(L, -1);
        if (count > MAX_VALUES)
            falcon_refuse(L, "more than the %u values that may cross", MAX_VALUES);
        falcon_write_count(L, writer, 'l', (size_t)count);
        for (lua_Integer at = 1; at <= count; at++) {
            lua_rawgeti(L, -1, at);
            falcon_write(L, writer, depth - 1);
            lua_pop(L, 1);
        }
        return;
    }
    if (count < 0) {
        count = 0;
        for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
            count++;
    }
    falcon_write_count(L, writer, 'd', (size_t)count);
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        lua_pushvalue(L, -2);
        falcon_write(L, writer, depth - 1);
        lua_pop(L, 1);
        falcon_write(L, writer, depth - 1);
    }
}

/* Writes the value at the top of the stack, which stays there. */
void falcon_write(lua_State *L, struct falcon_writer *writer, int depth) {
    size_t length;
    room_for(L, writer);
    switch (lua_type(L, -1)) {
    case LUA_TNIL:
        put_byte(L, writer, 'N');
        break;
    case LUA_TBOOLEAN:
        put_byte(L, writer, lua_toboolean(L, -1) ? 'T' : 'F');
        break;
    case LUA_TNUMBER:
        if (lua_isinteger(L, -1)) {
            int64_t number = lua_tointeger(L, -1);
            put_byte(L, writer, 'i');
            falcon_put(L, writer->to, &number, sizeof number);
        } else {
            double number = lua_tonumber(L, -1);
            put_byte(L, writer, 'f');
            falcon_put(L, writer->to, &number, sizeof number);
        }
        break;
    case LUA_TSTRING: {
        const char *text = lua_tolstring(L, -1, &length);
        falcon_write_text(L, writer, text, length);
        break;
    }
    case LUA_TTABLE:
        if (lua_getmetatable(L, -1)) {
            lua_pop(L, 1);
            writer->other(L, writer);
        } else {
            write_table(L, writer, depth);
        }
        break;
    default:
        writer->other(L, writer);
    }
}

void falcon_write_arguments(lua_State *L, struct falcon_writer *writer, int first, int count) {
    falcon_write_count(L, writer, 't', 2);
    falcon_write_count(L, writer, 'l', (size_t)count);
    for (int at = first; at < first + count; at++) {
        lua_pushvalue(L, at);
        falcon_write(L, writer, MAX_DEPTH - 2);
        lua_pop(L, 1);
    }
    falcon_write_count(L, writer, 'd', 0);
}
