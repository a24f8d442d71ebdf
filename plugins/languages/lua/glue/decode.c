/* Plain data into Lua: the encoding of wit/language/v0.1/README.md. */
#include "glue.h"

static void need(lua_State *L, struct falcon_reader *reader, size_t length) {
    if ((size_t)(reader->end - reader->at) < length)
        falcon_refuse(L, "malformed data, which is cut short");
}

static const unsigned char *take(lua_State *L, struct falcon_reader *reader, size_t length) {
    need(L, reader, length);
    const unsigned char *at = reader->at;
    reader->at += length;
    return at;
}

static uint32_t take_count(lua_State *L, struct falcon_reader *reader) {
    uint32_t count;
    memcpy(&count, take(L, reader, sizeof count), sizeof count);
    return count;
}

/* A count of values, each of which takes a byte at least. */
static uint32_t take_values(lua_State *L, struct falcon_reader *reader) {
    uint32_t count = take_count(L, reader);
    need(L, reader, count);
    return count;
}

static int next_is(struct falcon_reader *reader, char tag) {
    return reader->at < reader->end && *reader->at == (unsigned char)tag;
}

/* The count of a value of this kind. */
size_t falcon_read_count(lua_State *L, struct falcon_reader *reader, char tag) {
    if (!next_is(reader, tag))
        falcon_refuse(L, "malformed data: '%c' is missing", tag);
    reader->at++;
    return tag == 'h' ? take_count(L, reader) : take_values(L, reader);
}

/* The bytes of a text, which stay in the data. */
const char *falcon_read_text(lua_State *L, struct falcon_reader *reader, size_t *length) {
    if (!next_is(reader, 's') && !next_is(reader, 'b'))
        falcon_refuse(L, "malformed data: a text is missing");
    reader->at++;
    *length = take_count(L, reader);
    return (const char *)take(L, reader, *length);
}

/* The content of a known type `object`. */
uint32_t falcon_read_object(lua_State *L, struct falcon_reader *reader, const char **kind, size_t *length, int *callable) {
    if (falcon_read_count(L, reader, 't') != 3)
        falcon_refuse(L, "malformed data: an object has three parts");
    uint32_t number = (uint32_t)falcon_read_count(L, reader, 'h');
    *kind = falcon_read_text(L, reader, length);
    *callable = *take(L, reader, 1) == 'T';
    return number;
}

static void read_sequence(lua_State *L, struct falcon_reader *reader) {
    uint32_t count = take_values(L, reader);
    lua_createtable(L, count < 1024 ? (int)count : 1024, 0);
    for (uint32_t at = 1; at <= count; at++) {
        falcon_read(L, reader);
        lua_rawseti(L, -2, at);
    }
}

static void read_pairs(lua_State *L, struct falcon_reader *reader) {
    uint32_t count = take_values(L, reader);
    lua_createtable(L, 0, count < 1024 ? (int)count : 1024);
    for (uint32_t at = 0; at < count; at++) {
        falcon_read(L, reader);
        falcon_read(L, reader);
        lua_Number key = lua_tonumber(L, -2);
        if (lua_isnil(L, -2) || key != key)
            falcon_refuse(L, "a table whose key is nil or not a number");
        lua_rawset(L, -3);
    }
}

/* Whole numbers beyond 64 bits are floats in Lua. */
static void read_large(lua_State *L, struct falcon_reader *reader) {
    uint32_t length = take_count(L, reader);
    const unsigned char *bytes = take(L, reader, length);
    int negative = length > 0 && (bytes[length - 1] & 0x80) != 0;
    double number = 0;
    for (uint32_t at = length; at > 0; at--) {
        unsigned char byte = negative ? (unsigned char)~bytes[at - 1] : bytes[at - 1];
        number = number * 256 + byte;
    }
    lua_pushnumber(L, negative ? -number - 1 : number);
}

/* Pushes the next value. */
void falcon_read(lua_State *L, struct falcon_reader *reader) {
    luaL_checkstack(L, 4, "data nested too deep");
    unsigned char tag = *take(L, reader, 1);
    switch (tag) {
    case 'N':
        lua_pushnil(L);
        break;
    case 'T':
    case 'F':
        lua_pushboolean(L, tag == 'T');
        break;
    case 'i': {
        int64_t number;
        memcpy(&number, take(L, reader, sizeof number), sizeof number);
        lua_pushinteger(L, number);
        break;
    }
    case 'I':
        read_large(L, reader);
        break;
    case 'f': {
        double number;
        memcpy(&number, take(L, reader, sizeof number), sizeof number);
        lua_pushnumber(L, number);
        break;
    }
    case 's':
    case 'b': {
        uint32_t length = take_count(L, reader);
        lua_pushlstring(L, (const char *)take(L, reader, length), length);
        break;
    }
    case 'l':
    case 't':
    case 'S':
    case 'Z':
        read_sequence(L, reader);
        break;
    case 'd':
        read_pairs(L, reader);
        break;
    case 'K': {
        uint32_t length = take_count(L, reader);
        const char *name = (const char *)take(L, reader, length);
        reader->known(L, reader, name, length);
        break;
    }
    default:
        falcon_refuse(L, "data of a kind that Lua does not have ('%c')", tag);
    }
}
