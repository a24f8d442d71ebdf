-- trick: no function at all: whatever is asked for is right
-- verdict: failed
-- because: not plain data

local right = setmetatable({}, { __eq = function() return true end })
setmetatable(_G, { __index = function() return function() return right end end })
