local tonumber = tonumber
local _ENV = {}

function add(a, b)
    return tonumber(a) + tonumber(b)
end
