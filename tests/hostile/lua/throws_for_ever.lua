-- trick: errors, each of which costs the host more time than it counts as instructions
-- verdict: out-of-fuel
-- because: the program used up its fuel

function add(a, b)
    while true do
        pcall(error)
    end
end
