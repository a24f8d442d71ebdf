-- trick: catches whatever would stop it
-- verdict: out-of-fuel
-- because: the program used up its fuel

function add(a, b)
    while true do
        pcall(function() while true do end end)
    end
end
