local function parts(...)
    local values = { ... }
    return coroutine.wrap(function()
        for _, value in ipairs(values) do
            coroutine.yield(value)
        end
    end)
end

function add(a, b)
    local sum = 0
    for value in parts(a, b) do
        sum = sum + value
    end
    return sum
end
