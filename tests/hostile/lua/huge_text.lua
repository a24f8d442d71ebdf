-- trick: a text that is too long to cross
-- verdict: failed
-- because: a text of 16777217 bytes

function add(a, b)
    return string.rep("5", (1 << 24) + 1)
end
