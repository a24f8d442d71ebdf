-- trick: more values than may cross
-- verdict: out-of-fuel
-- because: more than the 2097152 values that may cross

function add(a, b)
    local t = {}
    for i = 1, 1 << 20 do
        t[i] = true
    end
    return { t, t, t }
end
