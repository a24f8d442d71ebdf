-- trick: a finaliser that ends the process while the answer is made
-- verdict: runtime-error
-- because: the program ended its process with exit code 0

function add(a, b)
    setmetatable({}, { __gc = function() os.exit(0) end })
    collectgarbage()
    return 5
end
