# trick: catches BaseException around its own work
def add(a, b):
    try:
        raise SystemExit(1)
    except BaseException:
        return a + b
