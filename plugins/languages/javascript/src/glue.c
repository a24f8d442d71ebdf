/* Between Rust and the engine. It includes the engine's own source, since what it asks is what scripts
   cannot change: classes, own properties, records of maps. None of the readers below runs any script.

   There is one context for the whole instance. A value that a function returns is the caller's to free;
   a value that it takes stays the caller's. */

#include "quickjs.c"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static JSRuntime *rt;
static JSContext *ctx;

/* Memory. Some is set aside for the error that says that there is none left. */

enum { RESERVE = 64 << 10 };
static void *reserve;
static bool refused;

static void *given(void *block)
{
    if (!block) {
        refused = true;
        free(reserve);
        reserve = NULL;
    }
    return block;
}

static void *glue_calloc(void *opaque, size_t count, size_t size) { return given(calloc(count, size)); }
static void *glue_malloc(void *opaque, size_t size) { return given(malloc(size)); }
static void glue_free(void *opaque, void *block) { free(block); }
static void *glue_realloc(void *opaque, void *block, size_t size)
{
    void *larger = realloc(block, size);
    return size ? given(larger) : larger;
}

static const JSMallocFunctions memory = {
    glue_calloc, glue_malloc, glue_free, glue_realloc, js__malloc_usable_size,
};

/* Whether memory was refused since the last look; sets the reserve aside again where it can be had. */
bool falcon_js_refused(void)
{
    bool was = refused;
    refused = false;
    if (!reserve)
        reserve = malloc(RESERVE);
    return was;
}

/* What Rust does. */

extern JSValue falcon_js_native(int number, JSValue this_value, int count, const JSValue *arguments);
extern void falcon_js_rejection(JSValue promise, JSValue reason, bool handled);

static void rejection(JSContext *c, JSValueConst promise, JSValueConst reason, bool handled, void *opaque)
{
    falcon_js_rejection(promise, reason, handled);
}

/* Starts the engine; false where there is no memory for it. `stack` is what programs may use of it. */
bool falcon_js_start(size_t stack)
{
    reserve = malloc(RESERVE);
    rt = JS_NewRuntime2(&memory, NULL);
    if (!rt)
        return false;
    ctx = JS_NewContext(rt);
    if (!ctx || JS_AddIntrinsicDOMException(ctx))
        return false;
    /* The engine itself sets no limit under WASI. */
    rt->stack_limit = rt->stack_top - stack;
    JS_SetHostPromiseRejectionTracker(rt, rejection, NULL);
    uint64_t seed;
    if (getentropy(&seed, sizeof(seed)) == 0 && seed)
        ctx->random_state = seed;
    return true;
}

/* Values. */

void falcon_js_free(JSValue v) { JS_FreeValue(ctx, v); }
JSValue falcon_js_dup(JSValue v) { return JS_DupValue(ctx, v); }
JSValue falcon_js_undefined(void) { return JS_UNDEFINED; }
JSValue falcon_js_null(void) { return JS_NULL; }
JSValue falcon_js_bool(bool b) { return JS_NewBool(ctx, b); }
JSValue falcon_js_number(double d) { return JS_NewNumber(ctx, d); }
JSValue falcon_js_utf8(const char *text, size_t size) { return JS_NewStringLen(ctx, text, size); }
JSValue falcon_js_utf16(const uint16_t *text, size_t size) { return JS_NewStringUTF16(ctx, text, size); }
JSValue falcon_js_array(void) { return JS_NewArray(ctx); }
JSValue falcon_js_object(void) { return JS_NewObject(ctx); }
JSValue falcon_js_bare_object(void) { return JS_NewObjectProto(ctx, JS_NULL); }
JSValue falcon_js_date(double milliseconds) { return JS_NewDate(ctx, milliseconds); }
JSValue falcon_js_global(void) { return JS_GetGlobalObject(ctx); }
JSValue falcon_js_proxy(JSValue target, JSValue handler) { return JS_NewProxy(ctx, target, handler); }

/* What a value is. `engine::Kind` has the same order. */
enum kind {
    UNDEFINED, NULLISH, BOOLEAN, NUMBER, BIGINT, STRING, SYMBOL,
    ARRAY, OBJECT, FUNCTION, ERROR, MAP, SET, DATE, REGEXP, TYPED_ARRAY, ARRAY_BUFFER,
    PROMISE, PROXY, GENERATOR, BOXED, WEAK, ARGUMENTS, OTHER,
};

static JSObject *object_of(JSValue v)
{
    return JS_VALUE_GET_TAG(v) == JS_TAG_OBJECT ? JS_VALUE_GET_OBJ(v) : NULL;
}

static enum kind kind_of_object(JSObject *p)
{
    switch (p->class_id) {
    case JS_CLASS_OBJECT: return OBJECT;
    case JS_CLASS_ARRAY: return ARRAY;
    case JS_CLASS_ERROR: return ERROR;
    case JS_CLASS_MAP: return MAP;
    case JS_CLASS_SET: return SET;
    case JS_CLASS_DATE: return DATE;
    case JS_CLASS_REGEXP: return REGEXP;
    case JS_CLASS_ARRAY_BUFFER: return ARRAY_BUFFER;
    case JS_CLASS_PROMISE: return PROMISE;
    case JS_CLASS_PROXY: return PROXY;
    case JS_CLASS_NUMBER: case JS_CLASS_STRING: case JS_CLASS_BOOLEAN:
    case JS_CLASS_SYMBOL: case JS_CLASS_BIG_INT: return BOXED;
    case JS_CLASS_WEAKMAP: case JS_CLASS_WEAKSET: case JS_CLASS_WEAK_REF: return WEAK;
    case JS_CLASS_ARGUMENTS: case JS_CLASS_MAPPED_ARGUMENTS: return ARGUMENTS;
    case JS_CLASS_GENERATOR: case JS_CLASS_ASYNC_GENERATOR: case JS_CLASS_ITERATOR_HELPER:
    case JS_CLASS_ITERATOR_WRAP: case JS_CLASS_ITERATOR_CONCAT: case JS_CLASS_MAP_ITERATOR:
    case JS_CLASS_SET_ITERATOR: case JS_CLASS_ARRAY_ITERATOR: case JS_CLASS_STRING_ITERATOR:
    case JS_CLASS_REGEXP_STRING_ITERATOR: return GENERATOR;
    }
    if (p->class_id >= JS_CLASS_UINT8C_ARRAY && p->class_id <= JS_CLASS_FLOAT64_ARRAY)
        return TYPED_ARRAY;
    if (JS_IsFunction(ctx, JS_MKPTR(JS_TAG_OBJECT, p)))
        return FUNCTION;
    return OTHER;
}

int falcon_js_kind(JSValue v)
{
    switch (JS_VALUE_GET_NORM_TAG(v)) {
    case JS_TAG_UNDEFINED: return UNDEFINED;
    case JS_TAG_NULL: return NULLISH;
    case JS_TAG_BOOL: return BOOLEAN;
    case JS_TAG_INT: case JS_TAG_FLOAT64: return NUMBER;
    case JS_TAG_BIG_INT: case JS_TAG_SHORT_BIG_INT: return BIGINT;
    case JS_TAG_STRING: case JS_TAG_STRING_ROPE: return STRING;
    case JS_TAG_SYMBOL: return SYMBOL;
    case JS_TAG_OBJECT: return kind_of_object(JS_VALUE_GET_OBJ(v));
    }
    return OTHER;
}

/* The prototype: 0 none, 1 the engine's own one of this class, 2 any other. */
int falcon_js_prototype_is(JSValue v)
{
    JSObject *p = object_of(v);
    if (!p || !p->shape->proto)
        return 0;
    JSValue own = ctx->class_proto[p->class_id];
    return object_of(own) == p->shape->proto ? 1 : 2;
}

JSValue falcon_js_prototype(JSValue v)
{
    JSObject *p = object_of(v);
    if (!p || !p->shape->proto || p->class_id == JS_CLASS_PROXY)
        return JS_NULL;
    return JS_DupValue(ctx, JS_MKPTR(JS_TAG_OBJECT, p->shape->proto));
}

bool falcon_js_to_bool(JSValue v) { return JS_ToBool(ctx, v) > 0; }

double falcon_js_to_number(JSValue v)
{
    int tag = JS_VALUE_GET_TAG(v);
    if (tag == JS_TAG_INT || tag == JS_TAG_BOOL)
        return JS_VALUE_GET_INT(v);
    return JS_TAG_IS_FLOAT64(tag) ? JS_VALUE_GET_FLOAT64(v) : NAN;
}

/* The length of a string, in UTF-16 units. */
uint32_t falcon_js_string_length(JSValue v)
{
    if (JS_VALUE_GET_TAG(v) == JS_TAG_STRING)
        return JS_VALUE_GET_STRING(v)->len;
    return JS_VALUE_GET_TAG(v) == JS_TAG_STRING_ROPE ? JS_VALUE_GET_STRING_ROPE(v)->len : 0;
}

/* A string or number as WTF-8; null where there is no memory. */
const char *falcon_js_text(JSValue v, size_t *size) { return JS_ToCStringLen(ctx, size, v); }
void falcon_js_free_text(const char *text) { JS_FreeCString(ctx, text); }

/* A symbol's description, or a property's key as text. */
JSValue falcon_js_symbol_text(JSValue v)
{
    if (!JS_IsSymbol(v))
        return JS_UNDEFINED;
    JSAtom atom = JS_ValueToAtom(ctx, v);
    JSValue text = JS_AtomToString(ctx, atom);
    JS_FreeAtom(ctx, atom);
    return text;
}

/* The limbs of a big integer, in two's complement. */
const uint32_t *falcon_js_bigint(JSValue v, uint32_t *limbs, int32_t *small)
{
    if (JS_VALUE_GET_TAG(v) == JS_TAG_SHORT_BIG_INT) {
        *small = JS_VALUE_GET_SHORT_BIG_INT(v);
        *limbs = 1;
        return (const uint32_t *)small;
    }
    JSBigInt *big = JS_VALUE_GET_PTR(v);
    *limbs = big->len;
    return big->tab;
}

JSValue falcon_js_new_bigint(const uint32_t *limbs, uint32_t count)
{
    JSBigInt *big = js_bigint_new(ctx, count);
    if (!big)
        return JS_EXCEPTION;
    memcpy(big->tab, limbs, count * sizeof(*limbs));
    return JS_CompactBigInt(ctx, js_bigint_normalize(ctx, big));
}

/* Own properties, without running any script. */

/* Own keys as values: strings, and symbols where asked. To be released with `falcon_js_release`. */
JSValue *falcon_js_own_keys(JSValue v, bool all, bool symbols, uint32_t *count)
{
    JSPropertyEnum *keys;
    uint32_t many;
    int flags = JS_GPN_STRING_MASK | (all ? 0 : JS_GPN_ENUM_ONLY) | (symbols ? JS_GPN_SYMBOL_MASK : 0);
    *count = 0;
    if (JS_IsProxy(v))
        return NULL;
    if (JS_GetOwnPropertyNames(ctx, &keys, &many, v, flags)) {
        JS_FreeValue(ctx, JS_GetException(ctx));
        return NULL;
    }
    JSValue *values = malloc((many + 1) * sizeof(*values));
    if (values) {
        for (uint32_t i = 0; i < many; i++)
            values[i] = JS_AtomToValue(ctx, keys[i].atom);
        *count = many;
    }
    JS_FreePropertyEnum(ctx, keys, many);
    return values;
}

void falcon_js_release(JSValue *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        JS_FreeValue(ctx, values[i]);
    free(values);
}

enum property { ABSENT, DATA, ACCESSOR };

static enum property own_property(JSValue v, JSAtom key, JSValue *value)
{
    JSPropertyDescriptor found;
    *value = JS_UNDEFINED;
    if (!object_of(v) || JS_IsProxy(v))
        return ABSENT;
    int there = JS_GetOwnProperty(ctx, &found, v, key);
    if (there < 0)
        JS_FreeValue(ctx, JS_GetException(ctx));
    if (there <= 0)
        return ABSENT;
    if (found.flags & JS_PROP_GETSET) {
        bool get = !JS_IsUndefined(found.getter), set = !JS_IsUndefined(found.setter);
        JS_FreeValue(ctx, found.getter);
        JS_FreeValue(ctx, found.setter);
        *value = JS_NewInt32(ctx, get + 2 * set);
        return ACCESSOR;
    }
    *value = found.value;
    return DATA;
}

/* An own property by its key: its value where it is data, else which accessors it has (1 get, 2 set). */
int falcon_js_own(JSValue v, JSValue key, JSValue *value)
{
    JSAtom atom = JS_ValueToAtom(ctx, key);
    int what = own_property(v, atom, value);
    JS_FreeAtom(ctx, atom);
    return what;
}

int falcon_js_own_name(JSValue v, const char *name, size_t size, JSValue *value)
{
    JSAtom atom = JS_NewAtomLen(ctx, name, size);
    int what = own_property(v, atom, value);
    JS_FreeAtom(ctx, atom);
    return what;
}

int falcon_js_own_index(JSValue v, uint32_t index, JSValue *value)
{
    JSObject *p = object_of(v);
    if (p && p->class_id == JS_CLASS_ARRAY && p->fast_array && index < p->u.array.count) {
        *value = JS_DupValue(ctx, p->u.array.u.values[index]);
        return DATA;
    }
    JSAtom atom = JS_NewAtomUInt32(ctx, index);
    int what = own_property(v, atom, value);
    JS_FreeAtom(ctx, atom);
    return what;
}

uint32_t falcon_js_array_length(JSValue v)
{
    JSValue length;
    if (own_property(v, JS_ATOM_length, &length) != DATA)
        return 0;
    double count = falcon_js_to_number(length);
    JS_FreeValue(ctx, length);
    return count >= 0 && count <= UINT32_MAX ? (uint32_t)count : 0;
}

/* Whether an array has nothing but its elements, one after the other. */
bool falcon_js_is_dense(JSValue v)
{
    JSObject *p = object_of(v);
    return p && p->class_id == JS_CLASS_ARRAY && p->fast_array && p->shape->prop_count == 1;
}

/* The live records of a map (key, value) or set (key, undefined), flat. */
JSValue *falcon_js_records(JSValue v, uint32_t *count)
{
    JSMapState *state = object_of(v)->u.map_state;
    JSValue *values = malloc((2 * (size_t)state->record_count + 1) * sizeof(*values));
    struct list_head *at;
    uint32_t many = 0;
    *count = 0;
    if (!values)
        return NULL;
    list_for_each(at, &state->records) {
        JSMapRecord *record = list_entry(at, JSMapRecord, link);
        if (record->empty || many == 2 * state->record_count)
            continue;
        values[many++] = JS_DupValue(ctx, record->key);
        values[many++] = JS_DupValue(ctx, record->value);
    }
    *count = many;
    return values;
}

uint32_t falcon_js_record_count(JSValue v) { return object_of(v)->u.map_state->record_count; }

/* What a date, boxed value or error holds inside. */
JSValue falcon_js_inside(JSValue v)
{
    JSObject *p = object_of(v);
    switch (p ? p->class_id : 0) {
    case JS_CLASS_DATE: case JS_CLASS_ERROR: case JS_CLASS_NUMBER: case JS_CLASS_STRING:
    case JS_CLASS_BOOLEAN: case JS_CLASS_SYMBOL: case JS_CLASS_BIG_INT:
        return JS_DupValue(ctx, p->u.object_data);
    }
    return JS_UNDEFINED;
}

JSValue falcon_js_regexp_source(JSValue v)
{
    JSObject *p = object_of(v);
    return JS_DupValue(ctx, JS_MKPTR(JS_TAG_STRING, p->u.regexp.pattern));
}

/* The letters of a regular expression's flags. */
size_t falcon_js_regexp_flags(JSValue v, char *letters)
{
    static const struct { int flag; char letter; } all[] = {
        { LRE_FLAG_INDICES, 'd' }, { LRE_FLAG_GLOBAL, 'g' }, { LRE_FLAG_IGNORECASE, 'i' },
        { LRE_FLAG_MULTILINE, 'm' }, { LRE_FLAG_DOTALL, 's' }, { LRE_FLAG_UNICODE, 'u' },
        { LRE_FLAG_UNICODE_SETS, 'v' }, { LRE_FLAG_STICKY, 'y' },
    };
    int flags = lre_get_flags(str8(object_of(v)->u.regexp.bytecode));
    size_t count = 0;
    for (size_t i = 0; i < countof(all); i++)
        if (flags & all[i].flag)
            letters[count++] = all[i].letter;
    return count;
}

/* The type (`JSTypedArrayEnum`), the number of elements and the bytes of a typed array. */
const uint8_t *falcon_js_typed_array(JSValue v, int *type, uint32_t *count, uint32_t *size)
{
    JSObject *p = object_of(v);
    bool out = typed_array_is_oob(p);
    *type = JS_GetTypedArrayType(v);
    *count = out ? 0 : p->u.array.count;
    *size = *count << typed_array_size_log2(p->class_id);
    if (!out) {
        JSTypedArray *view = p->u.typed_array;
        uint32_t there = view->buffer->u.array_buffer->byte_length - view->offset;
        if (*size > there) {
            *count = there >> typed_array_size_log2(p->class_id);
            *size = *count << typed_array_size_log2(p->class_id);
        }
    }
    return out ? NULL : p->u.array.u.uint8_ptr;
}

const uint8_t *falcon_js_buffer(JSValue v, uint32_t *size)
{
    JSArrayBuffer *buffer = object_of(v)->u.array_buffer;
    *size = buffer->detached ? 0 : buffer->byte_length;
    return buffer->data;
}

JSValue falcon_js_new_buffer(const uint8_t *bytes, size_t size)
{
    return JS_NewArrayBufferCopy(ctx, bytes, size);
}

JSValue falcon_js_new_typed_array(int type, JSValue buffer)
{
    return JS_NewTypedArray(ctx, 1, &buffer, type);
}

/* 0 pending, 1 fulfilled, 2 rejected. */
int falcon_js_promise_state(JSValue v) { return JS_PromiseState(ctx, v); }
JSValue falcon_js_promise_result(JSValue v) { return JS_PromiseResult(ctx, v); }

/* Functions. */

enum function { PLAIN = 0, CLASS = 1, ASYNC = 2, GENERATES = 4, NATIVE = 8 };

static JSFunctionBytecode *bytecode_of(JSValue v)
{
    JSObject *p = object_of(v);
    return p && js_class_has_bytecode(p->class_id) ? p->u.func.function_bytecode : NULL;
}

int falcon_js_function_is(JSValue v)
{
    JSFunctionBytecode *code = bytecode_of(v);
    if (!code)
        return NATIVE;
    bool is_class = code->source && code->source_len > 5 && !memcmp(code->source, "class", 5)
        && JS_IsConstructor(ctx, v);
    return (is_class ? CLASS : 0) | (code->func_kind & JS_FUNC_ASYNC ? ASYNC : 0)
        | (code->func_kind & JS_FUNC_GENERATOR ? GENERATES : 0);
}

/* The text that a function was compiled from; null for those that were not. */
const char *falcon_js_source(JSValue v, size_t *size)
{
    JSFunctionBytecode *code = bytecode_of(v);
    *size = code && code->source ? code->source_len : 0;
    return code ? code->source : NULL;
}

/* The global name that is number `*index` among those that a function's code names, and those in it. */
static JSAtom global_name(JSFunctionBytecode *code, uint32_t *index)
{
    for (int at = 0; at < code->byte_code_len; at += short_opcode_info(code->byte_code_buf[at]).size) {
        switch (code->byte_code_buf[at]) {
        case OP_get_var_undef: case OP_get_var: case OP_put_var: case OP_put_var_init:
        case OP_delete_var: case OP_make_var_ref:
            if ((*index)-- == 0)
                return get_u32(code->byte_code_buf + at + 1);
        }
    }
    for (int i = 0; i < code->cpool_count; i++) {
        if (JS_VALUE_GET_TAG(code->cpool[i]) != JS_TAG_FUNCTION_BYTECODE)
            continue;
        JSAtom found = global_name(JS_VALUE_GET_PTR(code->cpool[i]), index);
        if (found != JS_ATOM_NULL)
            return found;
    }
    return JS_ATOM_NULL;
}

/* The names that a function takes from outside, one at a time; undefined after the last. `global` says
   whether the name is a global one or a variable of a function around it. */
JSValue falcon_js_outer_name(JSValue v, uint32_t index, bool *global)
{
    JSFunctionBytecode *code = bytecode_of(v);
    *global = false;
    if (!code)
        return JS_UNDEFINED;
    if (index < code->closure_var_count)
        return JS_AtomToString(ctx, code->closure_var[index].var_name);
    *global = true;
    index -= code->closure_var_count;
    JSAtom name = global_name(code, &index);
    return name == JS_ATOM_NULL ? JS_UNDEFINED : JS_AtomToString(ctx, name);
}

static JSValue native(JSContext *c, JSValueConst this_value, int count, JSValueConst *arguments, int number)
{
    return falcon_js_native(number, this_value, count, arguments);
}

JSValue falcon_js_new_function(int number, const char *name, int length, bool constructs)
{
    JSCFunctionEnum kind = constructs ? JS_CFUNC_constructor_or_func_magic : JS_CFUNC_generic_magic;
    return JS_NewCFunctionMagic(ctx, native, name, length, kind, number);
}

/* Doing things, which may run scripts. */

/* The source ends with a zero. 1: compile only; 2: an expression of our own, whose names are not global. */
JSValue falcon_js_eval(const char *source, size_t size, const char *file, int how)
{
    int flags = how & 2 ? JS_EVAL_TYPE_INDIRECT | JS_EVAL_FLAG_STRICT : JS_EVAL_TYPE_GLOBAL;
    if (how & 1)
        flags |= JS_EVAL_FLAG_COMPILE_ONLY;
    return JS_Eval(ctx, source, size, file, flags);
}

/* Runs what was compiled; takes it. */
JSValue falcon_js_run(JSValue compiled) { return JS_EvalFunction(ctx, compiled); }

JSValue falcon_js_call(JSValue f, JSValue this_value, int count, JSValue *arguments)
{
    return JS_Call(ctx, f, this_value, count, arguments);
}

JSValue falcon_js_construct(JSValue f, int count, JSValue *arguments)
{
    return JS_CallConstructor(ctx, f, count, arguments);
}

JSValue falcon_js_get(JSValue v, JSValue key)
{
    JSAtom atom = JS_ValueToAtom(ctx, key);
    JSValue found = JS_GetProperty(ctx, v, atom);
    JS_FreeAtom(ctx, atom);
    return found;
}

/* -1 where it throws. Takes no reference to the value. */
int falcon_js_set(JSValue v, JSValue key, JSValue value)
{
    JSAtom atom = JS_ValueToAtom(ctx, key);
    int done = JS_SetProperty(ctx, v, atom, JS_DupValue(ctx, value));
    JS_FreeAtom(ctx, atom);
    return done;
}

/* Defines an own property, whatever the prototypes say. */
int falcon_js_define(JSValue v, const char *name, size_t size, JSValue value, bool enumerable)
{
    JSAtom atom = JS_NewAtomLen(ctx, name, size);
    int flags = JS_PROP_CONFIGURABLE | JS_PROP_WRITABLE | (enumerable ? JS_PROP_ENUMERABLE : 0);
    int done = JS_DefinePropertyValue(ctx, v, atom, JS_DupValue(ctx, value), flags);
    JS_FreeAtom(ctx, atom);
    return done;
}

int falcon_js_define_key(JSValue v, JSValue key, JSValue value)
{
    JSAtom atom = JS_ValueToAtom(ctx, key);
    int done = JS_DefinePropertyValue(ctx, v, atom, JS_DupValue(ctx, value), JS_PROP_C_W_E);
    JS_FreeAtom(ctx, atom);
    return done;
}

int falcon_js_define_getter(JSValue v, const char *name, JSValue getter)
{
    JSAtom atom = JS_NewAtom(ctx, name);
    int done = JS_DefinePropertyGetSet(ctx, v, atom, JS_DupValue(ctx, getter), JS_UNDEFINED,
                                       JS_PROP_CONFIGURABLE | JS_PROP_ENUMERABLE);
    JS_FreeAtom(ctx, atom);
    return done;
}

int falcon_js_delete(JSValue v, JSValue key)
{
    JSAtom atom = JS_ValueToAtom(ctx, key);
    int done = JS_DeleteProperty(ctx, v, atom, 0);
    JS_FreeAtom(ctx, atom);
    return done;
}

/* Sets an element of an array, whatever the prototypes say. */
int falcon_js_push(JSValue array, uint32_t at, JSValue value)
{
    return JS_DefinePropertyValueUint32(ctx, array, at, JS_DupValue(ctx, value), JS_PROP_C_W_E);
}

int falcon_js_set_length(JSValue array, double length) { return JS_SetLength(ctx, array, length); }

/* Map and set methods as the engine has them, whatever scripts have put in their place. */
int falcon_js_map_set(JSValue map, JSValue key, JSValue value)
{
    JSValue both[2] = { key, value };
    JSValue done = js_map_set(ctx, map, 2, both, object_of(map)->class_id == JS_CLASS_SET ? MAGIC_SET : 0);
    bool failed = JS_IsException(done);
    JS_FreeValue(ctx, done);
    return failed ? -1 : 0;
}

void falcon_js_map_clear(JSValue map)
{
    int magic = object_of(map)->class_id == JS_CLASS_SET ? MAGIC_SET : 0;
    JS_FreeValue(ctx, js_map_clear(ctx, map, 0, NULL, magic));
}

JSValue falcon_js_new_map(bool set)
{
    return js_map_constructor(ctx, JS_UNDEFINED, 0, NULL, set ? MAGIC_SET : 0);
}

JSValue falcon_js_new_regexp(JSValue source, JSValue flags)
{
    JSValue code = js_compile_regexp(ctx, source, flags);
    if (JS_IsException(code))
        return code;
    return js_regexp_constructor_internal(ctx, JS_UNDEFINED, JS_DupValue(ctx, source), code);
}

/* Loose equality of two primitives. */
bool falcon_js_loosely_equal(JSValue a, JSValue b) { return JS_IsEqual(ctx, a, b) > 0; }
bool falcon_js_same(JSValue a, JSValue b) { return JS_IsSameValue(ctx, a, b); }

/* A copy of a graph of data; throws where something in it is none. */
JSValue falcon_js_clone(JSValue v)
{
    size_t size;
    uint8_t *bytes = JS_WriteObject(ctx, &size, v, JS_WRITE_OBJ_REFERENCE);
    if (!bytes)
        return JS_EXCEPTION;
    JSValue copy = JS_ReadObject(ctx, bytes, size, JS_READ_OBJ_REFERENCE);
    js_free(ctx, bytes);
    return copy;
}

/* A script's own name: 0 absent, 1 found, -1 throws. Top-level `let`, `const` and `class` come first. */
int falcon_js_lookup(const char *name, size_t size, JSValue *value)
{
    JSAtom atom = JS_NewAtomLen(ctx, name, size);
    JSValue lexical = ctx->global_var_obj;
    int there = JS_GetOwnProperty(ctx, NULL, lexical, atom);
    JSValue holder = there > 0 ? lexical : ctx->global_obj;
    *value = JS_UNDEFINED;
    if (there == 0)
        there = JS_HasProperty(ctx, holder, atom);
    if (there > 0) {
        *value = JS_GetProperty(ctx, holder, atom);
        if (JS_IsException(*value) || JS_IsUninitialized(*value)) {
            if (JS_IsUninitialized(*value))
                JS_ThrowReferenceErrorUninitialized(ctx, atom);
            *value = JS_UNDEFINED;
            there = -1;
        }
    }
    JS_FreeAtom(ctx, atom);
    return there;
}

/* The names of the script's top-level `let`, `const` and `class`. */
JSValue *falcon_js_lexical_names(uint32_t *count)
{
    return falcon_js_own_keys(ctx->global_var_obj, true, false, count);
}

/* Exceptions. */

bool falcon_js_is_exception(JSValue v) { return JS_IsException(v); }
JSValue falcon_js_exception(void) { return JS_GetException(ctx); }
JSValue falcon_js_throw(JSValue v) { return JS_Throw(ctx, JS_DupValue(ctx, v)); }

/* An error of the engine's own classes. `engine::Class` has the same order. */
JSValue falcon_js_new_error(int class, const char *message)
{
    static const JSErrorEnum native[] = { JS_RANGE_ERROR, JS_REFERENCE_ERROR, JS_TYPE_ERROR };
    JSValue error;
    if (class > 0 && (size_t)class <= countof(native))
        error = JS_NewObjectProtoClass(ctx, ctx->native_error_proto[native[class - 1]], JS_CLASS_ERROR);
    else
        error = JS_NewError(ctx);
    if (JS_IsException(error))
        return error;
    JS_DefinePropertyValue(ctx, error, JS_ATOM_message, JS_NewString(ctx, message),
                           JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
    build_backtrace(ctx, error, JS_UNDEFINED, NULL, 0, 0, 0);
    return error;
}

/* Throws what no script can catch. */
JSValue falcon_js_throw_for_good(void)
{
    JS_ThrowInternalError(ctx, "ended");
    js_set_uncatchable_error(ctx, rt->current_exception, true);
    return JS_EXCEPTION;
}

bool falcon_js_is_for_good(JSValue v) { return JS_IsUncatchableError(v); }

/* Jobs. */

/* 1 where a job ran, 0 where there is none, -1 where it threw. */
int falcon_js_job(void)
{
    JSContext *of;
    return JS_ExecutePendingJob(rt, &of);
}

static JSValue called(JSContext *c, int count, JSValueConst *arguments)
{
    return JS_Call(c, arguments[0], JS_UNDEFINED, count - 1, arguments + 1);
}

int falcon_js_enqueue(int count, JSValue *function_and_arguments)
{
    return JS_EnqueueJob(ctx, called, count, function_and_arguments);
}

/* The system, as far as there is one. */

/* Bytes read; 0 at the end or where it fails. */
size_t falcon_js_read(uint8_t *bytes, size_t size)
{
    ssize_t got = read(STDIN_FILENO, bytes, size);
    return got < 0 ? 0 : got;
}

void falcon_js_write(int descriptor, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t put = write(descriptor, bytes, size);
        if (put <= 0)
            return;
        bytes += put;
        size -= put;
    }
}

/* Milliseconds since the instance began to count. */
double falcon_js_now(void) { return js__hrtime_ns() / 1e6; }

void falcon_js_sleep(double milliseconds)
{
    struct timespec time = { milliseconds / 1000, fmod(milliseconds, 1000) * 1e6 };
    nanosleep(&time, NULL);
}

_Noreturn void falcon_js_exit(int code) { _Exit(code); }
