# trick: gives out copies of what it holds
# task: copies
class Stack:
    def __init__(self):
        self._items = []

    def push(self, value):
        self._items.append(value)

    def peek(self):
        return self._items[-1]

    @property
    def items(self):
        return list(self._items)
