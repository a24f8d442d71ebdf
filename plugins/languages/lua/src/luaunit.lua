-- The module `luaunit` of the test side: what most test programs use, and the runner. The other assertions
-- are in assertions.lua, which is compiled when one of them is asked for.
--
-- An assertion that does not hold raises; what a test is, and what becomes of the others, the harness
-- decides. A handle of the program is never an answer: whoever looks at one refuses it.
local native = ...
local is_handle, refuse, check, show = native.is_handle, native.refuse, native.check, native.show
local type, rawequal, next, select, tostring = type, rawequal, next, select, tostring
local lower = string.lower

local M = { ORDER_ACTUAL_EXPECTED = true, EPS = 2 ^ -52, VERSION = "falcon" }

local Failure = { __name = "luaunit failure", __tostring = function(failure) return failure.message end }

local function fail(message, extra, got)
    if extra ~= nil then
        message = tostring(extra) .. ": " .. message
    end
    error(setmetatable({ message = message, got = got }, Failure), 0)
end

-- Refuses what is, or holds, an object of the program.
local function plain(value, seen)
    if is_handle(value) then
        refuse(value)
    elseif type(value) == "table" then
        seen = seen or {}
        if not seen[value] then
            seen[value] = true
            for key, item in next, value do
                plain(key, seen)
                plain(item, seen)
            end
        end
    end
    return value
end

local same

-- The value that stands in the table under a key that is equal to this table.
local function find_key(other, wanted, margin, pairs_seen)
    for key, item in next, other do
        if type(key) == "table" and same(wanted, key, margin, pairs_seen) then
            return item
        end
    end
    return nil
end

local function same_items(a, b, margin, pairs_seen)
    local seen = pairs_seen[a]
    if seen == nil then
        seen = {}
        pairs_seen[a] = seen
    elseif seen[b] then
        return true
    end
    seen[b] = true
    local count = 0
    for key, item in next, a do
        local other = rawget(b, key)
        if other == nil and type(key) == "table" then
            other = find_key(b, key, margin, pairs_seen)
        end
        if other == nil or not same(item, other, margin, pairs_seen) then
            return false
        end
        count = count + 1
    end
    for _ in next, b do
        count = count - 1
    end
    return count == 0
end

-- Deep equality; numbers within the margin where there is one.
function same(a, b, margin, pairs_seen)
    if type(a) == "table" and type(b) == "table" then
        local metatable = getmetatable(a)
        if rawequal(a, b) then
            return true
        elseif type(metatable) == "table" and metatable.__eq ~= nil and metatable == getmetatable(b) then
            return a == b
        end
        return same_items(a, b, margin, pairs_seen or {})
    end
    if margin and type(a) == "number" and type(b) == "number" then
        return a == b or math.abs(a - b) <= margin
    end
    return a == b
end

local function describe(actual, expected)
    return "got " .. show(actual) .. ", expected " .. show(expected)
end

-- Defines an assertion under several names.
local function define(names, assertion)
    for name in string.gmatch(names, "%S+") do
        M[name] = function(...)
            check()
            return assertion(...)
        end
    end
end

local function ordered(a, b)
    if M.ORDER_ACTUAL_EXPECTED then
        return a, b
    end
    return b, a
end

define("assertEquals assert_equals", function(a, b, extra)
    local actual, expected = ordered(plain(a), plain(b))
    if not same(actual, expected) then
        fail(describe(actual, expected), extra, show(actual))
    end
end)

define("assertNotEquals assert_not_equals", function(a, b, extra)
    local actual, expected = ordered(plain(a), plain(b))
    if same(actual, expected) then
        fail("got " .. show(actual) .. ", expected anything else", extra, show(actual))
    end
end)

-- Assertions about one value: names, what is expected, and whether it holds.
local function define_about(names, expected, holds_for)
    define(names, function(value, extra)
        plain(value)
        if not holds_for(value) then
            fail("got " .. show(value) .. ", expected " .. expected, extra, show(value))
        end
    end)
end

define_about("assertTrue assertIsTrue assert_true", "true", function(v) return v == true end)
define_about("assertFalse assertIsFalse assert_false", "false", function(v) return v == false end)
define_about("assertNil assertIsNil assert_nil", "nil", function(v) return v == nil end)
define_about("assertNotNil assertNotIsNil assert_not_nil", "not nil", function(v) return v ~= nil end)

-- Ending a test early on purpose is no failure.
local function over()
    error(native.over, 0)
end

local function over_if(condition)
    if condition then
        over()
    end
end

M.success, M.skip, M.successIf, M.skipIf = over, over, over_if, over_if

function M.runOnlyIf(condition)
    over_if(not condition)
end

function M.prettystr(value)
    return show(plain(value))
end

-- The runner.
local Runner = { verbosity = 0 }
Runner.__index = Runner
M.LuaUnit = Runner

function Runner.new()
    return setmetatable({}, Runner)
end

local function ignored() end
Runner.setOutputType, Runner.setVerbosity, Runner.setOutput = ignored, ignored, ignored

-- Calls one test function. What it raises is told to the harness, which also knows of its assertions.
local function run_one(name, before, test, after)
    local held = native.guarded(name, function()
        if before then
            before()
        end
        test()
    end)
    if after then
        held = native.guarded(name, after) and held
    end
    return held
end

local function is_test(name)
    return type(name) == "string" and lower(name):sub(1, 4) == "test"
end

local function sorted_tests(from, kinds)
    local names = {}
    for name, value in next, from do
        if is_test(name) and kinds[type(value)] then
            names[#names + 1] = name
        end
    end
    table.sort(names)
    return names
end

local function method(object, ...)
    for at = 1, select("#", ...) do
        local f = object[select(at, ...)]
        if type(f) == "function" then
            return function() return f(object) end
        end
    end
    return nil
end

-- Runs the tests of a table, or only one of them.
local function run_object(of, object, only)
    local failures = 0
    local before = method(object, "setUp", "setup", "SetUp", "Setup")
    local after = method(object, "tearDown", "teardown", "TearDown", "Teardown")
    for _, name in ipairs(only and { only } or sorted_tests(object, { ["function"] = true })) do
        if not run_one(of .. "." .. name, before, method(object, name), after) then
            failures = failures + 1
        end
    end
    return failures
end

-- Runs one test by name: a function, a table of tests, or `Table.method`.
local function run_named(name, value)
    if type(value) == "function" then
        return run_one(name, nil, value) and 0 or 1
    elseif type(value) == "table" then
        return run_object(name, value)
    end
    local of, only = name:match("^(.-)%.(.+)$")
    local object = of and _G[of]
    if type(object) ~= "table" or type(object[only]) ~= "function" then
        error("no test of the name " .. name)
    end
    return run_object(of, object, only)
end

local function run(names)
    local failures = 0
    if #names == 0 then
        names = sorted_tests(_G, { ["function"] = true, ["table"] = true })
    end
    for _, name in ipairs(names) do
        failures = failures + run_named(name, rawget(_G, name))
    end
    return failures
end

-- Names of tests among what `run` is given, which may be options of a command line.
local function names_of(...)
    local names = {}
    for at = 1, select("#", ...) do
        local given = select(at, ...)
        if type(given) == "string" and given:sub(1, 1) ~= "-" and given:find("[Tt]est") then
            names[#names + 1] = given
        end
    end
    return names
end

-- Gives how many test functions failed.
function Runner.run(...)
    return run(names_of(...))
end

function Runner:runSuite(...)
    return run(names_of(...))
end

-- Tests given as a list of names and values.
function Runner:runSuiteByInstances(tests)
    local failures = 0
    for _, pair in ipairs(tests) do
        failures = failures + run_named(pair[1], pair[2])
    end
    return failures
end

M.run = Runner.run

return setmetatable(M, {
    __index = function(_, name)
        setmetatable(M, nil)
        native.assertions(M, { fail = fail, plain = plain, same = same, describe = describe, define = define, ordered = ordered, define_about = define_about }, native)
        return M[name]
    end,
})
