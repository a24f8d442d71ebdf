/* One judge's module in a fresh engine: text goes in, text comes out. */

#include <quickjs.h>
#include <stdlib.h>
#include <string.h>

/* What scripts may use of the stack, in bytes. build.rs reserves twice as much, for what the engine does without
   asking. */
#define STACK (1 << 20)

/* Rust's side. */
extern const char *falcon_js_file(const char *name, size_t size, size_t *found);
extern void falcon_js_log(int level, const uint8_t *text, size_t size);
/* system.c's: whether the clock goes. */
extern int falcon_js_clock;
extern const char *falcon_js_call(const char *service, size_t service_size, const char *question, size_t question_size,
                                  size_t *size);

/* Memory of the engine. Blocks are in a list, so that one call's are all given back after it, whatever the engine
   still holds: that is cheaper than its own teardown. */
struct block {
    _Alignas(16) struct block *next;
    struct block *before;
    size_t size;
};

static struct block blocks = { &blocks, &blocks, 0 };

static void *linked(struct block *b, size_t size)
{
    b->next = blocks.next;
    b->before = &blocks;
    b->size = size;
    blocks.next = b->next->before = b;
    return b + 1;
}

static struct block *unlinked(void *memory)
{
    struct block *b = (struct block *)memory - 1;
    b->next->before = b->before;
    b->before->next = b->next;
    return b;
}

static void *give(void *unused, size_t size)
{
    struct block *b = size < SIZE_MAX - sizeof *b ? malloc(sizeof *b + size) : NULL;
    return b ? linked(b, size) : NULL;
}

static void *give_zeros(void *unused, size_t count, size_t size)
{
    size_t all;
    if (__builtin_mul_overflow(count, size, &all))
        return NULL;
    void *memory = give(NULL, all);
    return memory ? memset(memory, 0, all) : NULL;
}

static void take(void *unused, void *memory)
{
    if (memory)
        free(unlinked(memory));
}

static void *give_more(void *unused, void *memory, size_t size)
{
    if (!memory)
        return give(NULL, size);
    struct block *b = unlinked(memory);
    struct block *moved = size < SIZE_MAX - sizeof *b ? realloc(b, sizeof *b + size) : NULL;
    if (moved)
        return linked(moved, size);
    linked(b, b->size);
    return NULL;
}

static size_t given(const void *memory) { return ((const struct block *)memory - 1)->size; }

static void take_all(void)
{
    while (blocks.next != &blocks)
        free(unlinked(blocks.next + 1));
}

static JSValue console(JSContext *c, JSValueConst this_value, int count, JSValueConst *arguments, int level)
{
    size_t size = 0;
    char *line = NULL;
    for (int i = 0; i < count; i++) {
        size_t more;
        JSValue json = JS_IsObject(arguments[i]) && !JS_IsError(arguments[i])
            ? JS_JSONStringify(c, arguments[i], JS_UNDEFINED, JS_UNDEFINED) : JS_DupValue(c, arguments[i]);
        if (JS_IsException(json)) {
            free(line);
            return json;
        }
        const char *text = JS_ToCStringLen(c, &more, json);
        JS_FreeValue(c, json);
        if (!text) {
            free(line);
            return JS_EXCEPTION;
        }
        char *longer = realloc(line, size + more + 1);
        if (!longer) {
            free(line);
            JS_FreeCString(c, text);
            return JS_ThrowOutOfMemory(c);
        }
        line = longer;
        if (i)
            line[size++] = ' ';
        memcpy(line + size, text, more);
        size += more;
        JS_FreeCString(c, text);
    }
    falcon_js_log(level, (uint8_t *)line, size);
    free(line);
    return JS_UNDEFINED;
}

static void add_console(JSContext *c)
{
    static const struct { const char *name; int level; } lines[] = {
        { "debug", 0 }, { "log", 1 }, { "info", 1 }, { "warn", 2 }, { "error", 3 },
    };
    JSValue global = JS_GetGlobalObject(c), object = JS_NewObject(c);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        JS_SetPropertyStr(c, object, lines[i].name,
                          JS_NewCFunctionMagic(c, console, lines[i].name, 1, JS_CFUNC_generic_magic, lines[i].level));
    JS_SetPropertyStr(c, global, "console", object);
    JS_FreeValue(c, global);
}

/* The name of a service and a question as JSON; the answer as JSON. */
static JSValue call(JSContext *c, JSValueConst this_value, int count, JSValueConst *arguments)
{
    size_t service_size, question_size, size;
    const char *service = JS_ToCStringLen(c, &service_size, arguments[0]);
    const char *question = service ? JS_ToCStringLen(c, &question_size, arguments[1]) : NULL;
    JSValue answer = JS_EXCEPTION;
    if (question) {
        const char *text = falcon_js_call(service, service_size, question, question_size, &size);
        answer = JS_NewStringLen(c, text, size);
    }
    if (service)
        JS_FreeCString(c, service);
    if (question)
        JS_FreeCString(c, question);
    return answer;
}

static int add_call(JSContext *c, JSModuleDef *module)
{
    return JS_SetModuleExport(c, module, "call", JS_NewCFunction(c, call, "call", 2));
}

/* A module among the judge's files, or one of the runner's own. */
static JSModuleDef *load(JSContext *c, const char *name, void *unused)
{
    size_t size;
    if (!strcmp(name, "falcon:host")) {
        JSModuleDef *own = JS_NewCModule(c, name, add_call);
        if (own)
            JS_AddModuleExport(c, own, "call");
        return own;
    }
    const char *text = falcon_js_file(name, strlen(name), &size);
    if (!text) {
        JS_ThrowReferenceError(c, "there is no file %s beside judge.js", name);
        return NULL;
    }
    JSValue module = JS_Eval(c, text, size, name, JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
    if (JS_IsException(module))
        return NULL;
    JSModuleDef *found = JS_VALUE_GET_PTR(module);
    JS_FreeValue(c, module);
    return found;
}

/* What a promise came to, or the value itself. Takes it. */
static JSValue settled(JSContext *c, JSValue value)
{
    JSContext *of;
    if (JS_IsException(value) || JS_PromiseState(c, value) < 0)
        return value;
    while (JS_PromiseState(c, value) == JS_PROMISE_PENDING && JS_ExecutePendingJob(JS_GetRuntime(c), &of) > 0)
        ;
    int state = JS_PromiseState(c, value);
    JSValue result = JS_PromiseResult(c, value);
    JS_FreeValue(c, value);
    if (state == JS_PROMISE_PENDING)
        return JS_ThrowTypeError(c, "judge() returned a promise that nothing will settle: a judge waits for nobody");
    return state == JS_PROMISE_REJECTED ? JS_Throw(c, result) : result;
}

/* Evaluates judge.js and calls what it exports as `judge`. */
static JSValue judged(JSContext *c, const char *episode, size_t episode_size, const char *config, size_t config_size)
{
    JSModuleDef *module = load(c, "judge.js", NULL);
    if (!module)
        return JS_EXCEPTION;
    JSValue done = settled(c, JS_EvalFunction(c, JS_DupValue(c, JS_MKPTR(JS_TAG_MODULE, module))));
    if (JS_IsException(done))
        return done;
    JS_FreeValue(c, done);
    JSValue names = JS_GetModuleNamespace(c, module);
    JSValue function = JS_GetPropertyStr(c, names, "judge");
    JS_FreeValue(c, names);
    if (!JS_IsFunction(c, function))
        return JS_ThrowTypeError(c, "judge.js exports no function judge: write `export function judge(episode, config)`");
    JSValue arguments[2] = {
        JS_ParseJSON(c, episode, episode_size, "episode"),
        JS_ParseJSON(c, config, config_size, "config"),
    };
    return settled(c, JS_Call(c, function, JS_UNDEFINED, 2, arguments));
}

static char *copied(JSContext *c, JSValue value, size_t *size)
{
    const char *text = JS_ToCStringLen(c, size, value);
    char *copy = text ? malloc(*size + 1) : NULL;
    if (copy)
        memcpy(copy, text, *size + 1);
    JS_FreeCString(c, text);
    JS_FreeValue(c, value);
    return copy;
}

/* The exception as a JSON object; numbers that JSON has not are told by name. */
static JSValue described(JSContext *c)
{
    static const char how[] =
        "(e => { const text = x => { try { return String(x).toWellFormed() } catch { return '(its text cannot be had)' } };"
        " const is = e !== null && typeof e === 'object';"
        " return JSON.stringify({ what: text(e), code: is && typeof e.code === 'string' ? e.code.toWellFormed() : null,"
        " stack: is && typeof e.stack === 'string' ? e.stack.toWellFormed() : '' }) })";
    JSValue error = JS_GetException(c);
    JSValue function = JS_Eval(c, how, sizeof how - 1, "error", JS_EVAL_TYPE_GLOBAL);
    return JS_Call(c, function, JS_UNDEFINED, 1, &error);
}

/* The answer as JSON, in which numbers that JSON has not are texts, and half of a surrogate pair, which UTF-8 has not,
   is U+FFFD: a judge that cuts a text in the middle of one has not failed. */
static JSValue written(JSContext *c, JSValue answer)
{
    static const char how[] =
        "(a => JSON.stringify(a === undefined ? null : a, (_, v) =>"
        " typeof v === 'number' && !Number.isFinite(v) ? String(v) : typeof v === 'string' ? v.toWellFormed()"
        " : v !== null && typeof v === 'object' && !Array.isArray(v) && Object.keys(v).some(k => !k.isWellFormed())"
        " ? Object.fromEntries(Object.entries(v).map(([k, w]) => [k.toWellFormed(), w])) : v)"
        " ?? '\"a ' + typeof a + '\"')";
    JSValue function = JS_Eval(c, how, sizeof how - 1, "answer", JS_EVAL_TYPE_GLOBAL);
    return JS_Call(c, function, JS_UNDEFINED, 1, &answer);
}

/* 0 and the answer as JSON, 1 and the exception as JSON, or -1 where there is no memory for either. The text is the
   caller's. */
int falcon_js_judge(const char *episode, size_t episode_size, const char *config, size_t config_size,
                    char **text, size_t *size)
{
    static const JSMallocFunctions memory = { give_zeros, give, take, give_more, given };
    falcon_js_clock = 0;
    JSRuntime *runtime = JS_NewRuntime2(&memory, NULL);
    JSContext *c = runtime ? JS_NewContext(runtime) : NULL;
    falcon_js_clock = 1;
    if (!c) {
        take_all();
        return -1;
    }
    JS_SetMaxStackSize(runtime, STACK);
    JS_SetModuleLoaderFunc(runtime, NULL, load, NULL);
    add_console(c);
    int threw = 0;
    JSValue answer = judged(c, episode, episode_size, config, config_size);
    if (!JS_IsException(answer))
        answer = written(c, answer);
    if (JS_IsException(answer)) {
        threw = 1;
        answer = described(c);
    }
    *text = copied(c, answer, size);
    take_all();
    return *text ? threw : -1;
}

void falcon_js_release(char *text) { free(text); }
