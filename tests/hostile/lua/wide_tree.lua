-- trick: one table many times over, which is more values than there is memory for
-- verdict: out-of-fuel
-- because: that may cross

function add(a, b)
    local t = { a + b }
    for _ = 1, 90 do
        t = { t, t }
    end
    return t
end
