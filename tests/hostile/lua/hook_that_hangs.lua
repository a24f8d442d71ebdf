-- trick: a debug hook that never returns, run by whatever is called next
-- verdict: out-of-fuel
-- because: the program used up its fuel

function add(a, b)
    debug.sethook(function() while true do end end, "cr")
    return a + b
end
