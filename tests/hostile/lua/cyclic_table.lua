-- trick: a table that holds itself
-- verdict: failed
-- because: nested deeper than 100

function add(a, b)
    local t = { a + b }
    t[2] = t
    return t
end
