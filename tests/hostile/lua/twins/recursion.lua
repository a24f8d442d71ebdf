local function add(a, b)
    if b == 0 then
        return a
    elseif b < 0 then
        return add(a - 1, b + 1)
    end
    return add(a + 1, b - 1)
end
