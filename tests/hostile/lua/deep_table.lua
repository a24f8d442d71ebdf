-- trick: a table nested deeper than what reads it can go
-- verdict: failed
-- because: nested deeper than 100

function add(a, b)
    local t = { a + b }
    for _ = 1, 100000 do
        t = { t }
    end
    return t
end
