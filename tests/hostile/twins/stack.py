# trick: a class of its own, with an exception that the tests expect, and a list that they change
# task: stack
class StackEmpty(Exception):
    pass


class Stack:
    def __init__(self):
        self.items = []

    def push(self, value):
        self.items.append(value)

    def pop(self):
        if not self.items:
            raise StackEmpty("nothing to pop")
        return self.items.pop()
