total = 0

function add(a, b)
    print("adding", a, b)
    total = a + b
    return total
end
