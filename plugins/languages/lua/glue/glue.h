/* Between Lua and the pack.
 *
 * Whatever may raise a Lua error is here, in functions that run under lua_pcall: an error is a jump, which
 * must not pass over frames of Rust. Rust calls the falcon_ functions below, none of which raises, and is
 * called back through the falcon_on_ functions, which know nothing of Lua. */
#ifndef FALCON_GLUE_H
#define FALCON_GLUE_H

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"

/* What crosses at most: falcon_value has the same numbers. */
#define MAX_DEPTH 100
#define MAX_BYTES (16u << 20)
#define MAX_VALUES (2u << 20)
/* What a reply stays below them, so that tests can pass it back. */
#define REPLY_DEPTH 2
#define REPLY_BYTES 64

/* Bytes that grow. The memory is the instance's and is never given back. */
struct falcon_bytes {
    unsigned char *data;
    size_t length;
    size_t room;
};

void falcon_put(lua_State *L, struct falcon_bytes *to, const void *data, size_t length);
/* The same where only an error can say that there is no memory: nothing is put then. */
void falcon_keep(struct falcon_bytes *to, const char *text, size_t length);

/* How a call of Rust into Lua ended. */
enum falcon_status {
    FALCON_OK,
    FALCON_RAISED,    /* falcon_fault says what. */
    FALCON_NOT_PLAIN, /* falcon_fault.message says why a value does not cross. */
    FALCON_STOPPED    /* Test side: the run is over, as Rust knows. */
};

/* What was raised last. */
struct falcon_fault {
    uint32_t line; /* Of the chunk; 0 where unknown. */
    uint32_t out_of_memory;
    uint32_t by_program;         /* On the test side: whether it is what the program raised. */
    struct falcon_bytes kind;    /* The error value's own name, else its type, else "runtime error". */
    struct falcon_bytes message; /* With the place that Lua put in front of it. */
};
extern struct falcon_fault falcon_fault;

/* library.c */
lua_State *falcon_new(void);
extern int falcon_exit_code; /* What a whole program gave to os.exit. */
extern jmp_buf *falcon_exit_to; /* Where os.exit goes to; NULL where the process ends. */

/* state.c */
enum falcon_status falcon_load(lua_State *L, const char *source, size_t length, const char *chunk);
size_t falcon_reached(lua_State *L, const char *source, size_t length);
enum falcon_status falcon_guarded(lua_State *L, lua_CFunction function, void *argument);
enum falcon_status falcon_ended(lua_State *L, int status);
int falcon_handler(lua_State *L);
extern const void *const falcon_raised_key; /* Registry, test side: what the program raised last. */
extern int falcon_raised_nil;               /* Whether that was nil. */
extern const void *const falcon_error_key; /* Registry: the error value that was raised last. */

/* program.c */
enum falcon_status falcon_run(lua_State *L, const char *arguments, size_t length);
enum falcon_status falcon_open(lua_State *L);
void falcon_share(lua_State *L);
int falcon_push_name(lua_State *L, const char *name, size_t length);
void falcon_push_locals(lua_State *L);

/* encode.c, decode.c */
struct falcon_writer {
    struct falcon_bytes *to;
    size_t values;
    size_t limit; /* Bytes. */
    int program;  /* On the candidate side, where a table with functions is an object. */
    /* Writes the value at the top of the stack, which is no plain data, or refuses it. */
    void (*other)(lua_State *L, struct falcon_writer *writer);
};
void falcon_write(lua_State *L, struct falcon_writer *writer, int depth);
/* Writes `count` values from index `first` as the arguments of an operation: a pair of a list and an empty dict. */
void falcon_write_arguments(lua_State *L, struct falcon_writer *writer, int first, int count);
void falcon_write_count(lua_State *L, struct falcon_writer *writer, char tag, size_t count);
void falcon_write_text(lua_State *L, struct falcon_writer *writer, const char *text, size_t length);
void falcon_write_known(lua_State *L, struct falcon_writer *writer, const char *name);
void falcon_write_object(lua_State *L, struct falcon_writer *writer, uint32_t number, const char *kind, int callable);
int falcon_refuse(lua_State *L, const char *format, ...);
/* Told of each refusal before it is raised; the test side's. */
extern void (*falcon_refusing)(const char *text, size_t length);
extern const void *const falcon_refusal; /* Raised as a light userdata; the reason is in falcon_fault. */

struct falcon_reader {
    const unsigned char *at, *end;
    /* Pushes the value of a known type by name, whose content comes next. */
    void (*known)(lua_State *L, struct falcon_reader *reader, const char *name, size_t length);
};
void falcon_read(lua_State *L, struct falcon_reader *reader);
size_t falcon_read_count(lua_State *L, struct falcon_reader *reader, char tag);
const char *falcon_read_text(lua_State *L, struct falcon_reader *reader, size_t *length);
uint32_t falcon_read_object(lua_State *L, struct falcon_reader *reader, const char **kind, size_t *length, int *callable);

/* session.c */
enum falcon_kind { CALL, CALL_HANDLE, CALL_METHOD, GET_ATTRIBUTE, SET_ATTRIBUTE, GET_GLOBAL };
struct falcon_operation {
    uint32_t kind;
    uint32_t handle;
    const char *name;
    size_t name_length;
    const unsigned char *arguments;
    size_t arguments_length;
};
struct falcon_reply {
    struct falcon_bytes value;
    struct falcon_bytes changed; /* Empty where nothing did. */
    uint32_t answered;           /* Whether the operation itself was done. */
};
extern struct falcon_reply falcon_reply;
enum falcon_status falcon_perform(lua_State *L, const struct falcon_operation *operation);
enum falcon_status falcon_names(lua_State *L);

/* proxies.c: what stands on the test side for the program's names and objects. */
void falcon_proxies(lua_State *L);
void falcon_bind_remote(lua_State *L, const char *name, size_t length);
int falcon_is_proxy(lua_State *L, int at);
int falcon_refuse_proxy(lua_State *L, int at);
int falcon_write_proxy(lua_State *L, struct falcon_writer *writer);
int falcon_ask(lua_State *L, enum falcon_kind kind, uint32_t number, const char *name, size_t length, int first);

/* views.c: tables that one side or the other changed in place. */
void falcon_update(lua_State *L, int target, int source);
void falcon_keep_view(lua_State *L, uint32_t handle, const char *name);
void falcon_write_back(lua_State *L);
extern const void *const falcon_stop; /* Raised as a light userdata: nothing more can be asked. */

/* sending.c: what the tests may pass beside plain data. */
extern int falcon_sending; /* Whether what is refused is what the tests pass. */
void falcon_remember_standard(lua_State *L);
void falcon_send(lua_State *L, struct falcon_writer *writer);

/* show.c: values in messages. */
size_t falcon_show(lua_State *L, int at, char *text, size_t room);

/* harness.c */
struct falcon_luaunit {
    const char *source, *assertions;
    size_t length, assertions_length;
};
enum falcon_status falcon_harness(lua_State *L, const struct falcon_luaunit *sources);
enum falcon_status falcon_bind(lua_State *L, const char *name, size_t length, const unsigned char *data, size_t data_length);
enum falcon_status falcon_run_entry(lua_State *L, const char *entry, const char *first);

/* What Rust says of one operation: the bytes stay until the next one. */
struct falcon_answer {
    uint32_t status; /* enum falcon_status */
    const unsigned char *value;
    size_t value_length;
    const unsigned char *changed; /* NULL where nothing changed. */
    size_t changed_length;
    const char *message; /* Of what the program raised. */
    size_t message_length;
    uint32_t has_value; /* The error value is not its message, and can be asked for. */
};
/* Provided by Rust. */
void falcon_on_perform(const struct falcon_operation *operation, struct falcon_answer *answer);
/* The tests pass what cannot cross. */
void falcon_on_unsendable(const char *message, size_t length);
/* The program's answer is none; sticks, whatever the tests catch. */
void falcon_on_refused(const char *message, size_t length);
/* An assertion was reached. */
void falcon_on_check(void);
void falcon_on_exit(int code);
struct falcon_result {
    uint32_t site;      /* 0 where it is a test function and no assertion. */
    uint32_t status;    /* enum falcon_status; what was raised is in falcon_fault. */
    const char *name, *got, *message; /* The message is empty where falcon_fault has it. */
    size_t name_length, got_length, message_length;
};
/* How many tests and test functions have failed so far. */
uint32_t falcon_failures(void);
void falcon_on_result(const struct falcon_result *result);

#endif
