-- trick: an error that calls itself the sandbox's own
-- verdict: runtime-error
-- because: the program raised MemoryError

function add(a, b)
    error(setmetatable({ message = "not enough memory" }, { __name = "MemoryError" }))
end
