local function checked(a, b)
    if type(a) ~= "number" then
        error({ message = "no number" })
    end
    return a + b
end

function add(a, b)
    assert(not pcall(checked, "x", b))
    local held, sum = pcall(checked, a, b)
    return held and sum or error(sum)
end
