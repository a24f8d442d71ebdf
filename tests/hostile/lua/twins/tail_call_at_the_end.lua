local function add(a, b)
    return a + b
end

local function main()
    return add(1, 2)
end

return main()
