-- trick: never comes back
-- verdict: out-of-fuel
-- because: the program used up its fuel

function add(a, b)
    while true do
    end
end
