-- trick: an error that looks like what the tests' own assertions raise
-- verdict: runtime-error
-- because: the program raised luaunit failure: passed

function add(a, b)
    error(setmetatable({ message = "passed", got = "5", verdict = "passed" }, { __name = "luaunit failure" }))
end
