-- trick: a pattern that takes time without end in one call of the library
-- verdict: out-of-fuel
-- because: the program used up its fuel

function add(a, b)
    return string.find(string.rep("a", 3000), string.rep("a-", 12) .. "b")
end
