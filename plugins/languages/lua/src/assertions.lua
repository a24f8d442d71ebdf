-- The assertions of luaunit that fewer test programs use: see luaunit.lua.
local M, parts, native = ...
local fail, plain, same, describe = parts.fail, parts.plain, parts.same, parts.describe
local define, ordered, define_about = parts.define, parts.ordered, parts.define_about
local is_handle, refuse, show = native.is_handle, native.refuse, native.show
local type, rawequal, next, pcall, tostring = type, rawequal, next, pcall, tostring
local find, lower = string.find, string.lower

define("assertAlmostEquals assert_almost_equals", function(a, b, margin, extra)
    local actual, expected = ordered(plain(a), plain(b))
    margin = margin or M.EPS
    if not same(actual, expected, margin) then
        fail(describe(actual, expected) .. ", and the margin is " .. show(margin), extra, show(actual))
    end
end)

define("assertNotAlmostEquals", function(a, b, margin, extra)
    local actual, expected = ordered(plain(a), plain(b))
    margin = margin or M.EPS
    if same(actual, expected, margin) then
        fail("got " .. show(actual) .. ", expected no value so close to " .. show(expected), extra, show(actual))
    end
end)

-- The same values as often, whatever their keys.
local function same_bag(a, b)
    local left = {}
    for _, item in next, b do
        left[#left + 1] = item
    end
    for _, item in next, a do
        local found
        for at = 1, #left do
            if same(item, left[at]) then
                found = at
                break
            end
        end
        if not found then
            return false
        end
        table.remove(left, found)
    end
    return #left == 0
end

define("assertItemsEquals", function(a, b, extra)
    local actual, expected = ordered(plain(a), plain(b))
    if type(actual) ~= "table" or type(expected) ~= "table" or not same_bag(actual, expected) then
        fail("got " .. show(actual) .. ", expected the items of " .. show(expected), extra, show(actual))
    end
end)

local function holds(value, item)
    for _, one in next, value do
        if same(one, item) then
            return true
        end
    end
    return false
end

define("assertTableContains", function(value, item, extra)
    plain(value)
    if type(value) ~= "table" or not holds(value, plain(item)) then
        fail("table " .. show(value) .. " does not contain " .. show(item), extra, show(value))
    end
end)

define("assertNotTableContains", function(value, item, extra)
    plain(value)
    if type(value) ~= "table" or holds(value, plain(item)) then
        fail("table " .. show(value) .. " contains " .. show(item), extra, show(value))
    end
end)

define_about("assertNotTrue assertNotIsTrue", "not true", function(v) return v ~= true end)
define_about("assertNotFalse assertNotIsFalse", "not false", function(v) return v ~= false end)
define_about("assertEvalToTrue", "a value evaluating to true", function(v) return v end)
define_about("assertEvalToFalse", "false or nil", function(v) return not v end)
define_about("assertNan assertIsNaN assertIsNan assertNaN", "nan", function(v) return type(v) == "number" and v ~= v end)
define_about("assertNotNan assertNotIsNaN assertNotIsNan assertNotNaN", "not nan", function(v) return v == v end)
define_about("assertInf assertIsInf", "inf", function(v) return v == math.huge or v == -math.huge end)
define_about("assertPlusInf assertIsPlusInf", "inf", function(v) return v == math.huge end)
define_about("assertMinusInf assertIsMinusInf", "-inf", function(v) return v == -math.huge end)
define_about("assertNotInf assertNotIsInf", "not inf", function(v) return v ~= math.huge and v ~= -math.huge end)

for kind in string.gmatch("number string table boolean function thread userdata", "%a+") do
    local name = kind:sub(1, 1):upper() .. kind:sub(2)
    define("assertIs" .. name .. " assert" .. name, function(value, extra)
        if type(value) ~= kind then
            fail("got " .. show(value) .. ", expected a " .. kind, extra, show(value))
        end
    end)
    define("assertNotIs" .. name .. " assertNot" .. name, function(value, extra)
        if type(value) == kind then
            fail("got " .. show(value) .. ", expected no " .. kind, extra, show(value))
        end
    end)
end
M.assertIsCoroutine, M.assertIsFunc, M.assertIsBool = M.assertIsThread, M.assertIsFunction, M.assertIsBoolean

local function identical(a, b)
    if is_handle(a) then
        refuse(a)
    elseif is_handle(b) then
        refuse(b)
    end
    return rawequal(a, b)
end

define("assertIs", function(a, b, extra)
    if not identical(a, b) then
        fail("not the same: " .. describe(ordered(a, b)), extra, show(a))
    end
end)

define("assertNotIs", function(a, b, extra)
    if identical(a, b) then
        fail("got " .. show(a) .. " itself, expected another", extra, show(a))
    end
end)

-- Texts.
local function text_of(value, extra)
    plain(value)
    if type(value) ~= "string" then
        fail("got " .. show(value) .. ", expected a string", extra, show(value))
    end
    return value
end

define("assertStrContains", function(value, part, is_pattern, extra)
    if not find(text_of(value, extra), part, 1, not is_pattern) then
        fail(show(part) .. " was not found in " .. show(value), extra, show(value))
    end
end)

define("assertStrIContains", function(value, part, extra)
    if not find(lower(text_of(value, extra)), lower(part), 1, true) then
        fail(show(part) .. " (in any case) was not found in " .. show(value), extra, show(value))
    end
end)

define("assertNotStrContains", function(value, part, is_pattern, extra)
    if find(text_of(value, extra), part, 1, not is_pattern) then
        fail(show(part) .. " was found in " .. show(value), extra, show(value))
    end
end)

define("assertNotStrIContains", function(value, part, extra)
    if find(lower(text_of(value, extra)), lower(part), 1, true) then
        fail(show(part) .. " (in any case) was found in " .. show(value), extra, show(value))
    end
end)

define("assertStrMatches", function(value, pattern, first, last, extra)
    local from, to = find(text_of(value, extra), pattern, first or 1)
    if from ~= (first or 1) or to ~= (last or #value) then
        fail(show(value) .. " does not match the pattern " .. show(pattern), extra, show(value))
    end
end)

-- Errors.
local function error_of(f, ...)
    local held, raised = pcall(f, ...)
    if held then
        fail("got no error, expected one")
    end
    return raised
end

local function error_text(raised)
    return type(raised) == "string" and raised or tostring(raised)
end

define("assertError", function(f, ...)
    error_of(f, ...)
end)

define("assertErrorMsgEquals", function(expected, f, ...)
    local raised = error_of(f, ...)
    if not same(plain(raised), expected) then
        fail("got the error " .. show(raised) .. ", expected " .. show(expected), nil, show(raised))
    end
end)

define("assertErrorMsgContentEquals", function(expected, f, ...)
    local text = error_text(error_of(f, ...)):gsub("^[^\n]-:%d+: ", "", 1)
    if text ~= expected then
        fail("got the error " .. show(text) .. ", expected " .. show(expected), nil, show(text))
    end
end)

define("assertErrorMsgContains", function(part, f, ...)
    local text = error_text(error_of(f, ...))
    if not find(text, part, 1, true) then
        fail("got the error " .. show(text) .. ", expected one that contains " .. show(part), nil, show(text))
    end
end)

define("assertErrorMsgMatches", function(pattern, f, ...)
    local text = error_text(error_of(f, ...))
    local from, to = find(text, pattern)
    if from ~= 1 or to ~= #text then
        fail("got the error " .. show(text) .. ", expected one that matches " .. show(pattern), nil, show(text))
    end
end)

define("fail", function(message)
    fail(message ~= nil and tostring(message) or "the test failed")
end)

define("failIf", function(condition, message)
    if condition then
        fail(message ~= nil and tostring(message) or "the test failed")
    end
end)
