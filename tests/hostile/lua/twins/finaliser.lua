local closed = 0

function add(a, b)
    local scope <close> = setmetatable({}, { __close = function() closed = closed + 1 end })
    setmetatable({}, { __gc = function() closed = closed + 1 end })
    collectgarbage()
    return a + b
end
