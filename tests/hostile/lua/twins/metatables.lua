local Vector = {}
Vector.__index = Vector
Vector.__add = function(a, b) return setmetatable({ x = a.x + b.x }, Vector) end
Vector.__eq = function(a, b) return a.x == b.x end

local function vector(x)
    return setmetatable({ x = x }, Vector)
end

function add(a, b)
    local sum = vector(a) + vector(b)
    return sum == vector(a + b) and sum.x
end
