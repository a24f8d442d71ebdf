-- trick: several values, one of which is right
-- verdict: failed
-- because: got

function add(a, b)
    return 0, a + b, true
end
