-- trick: writes without end
-- verdict: output-limit
-- because: more than

function add(a, b)
    while true do
        print("5 5 5 5 5 5 5 5 5 5 5 5 5 5 5 5 5 5 5")
    end
end
