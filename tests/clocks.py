"""A clock that stands still until it is told to go on, for what asks an event loop for the time and for calls later."""


class Clock:
    def __init__(self):
        self.now_s = 0.0
        self._calls = []

    def time(self):
        return self.now_s

    def call_at(self, when, callback, *arguments):
        call = Call(when, callback, arguments)
        self._calls.append(call)
        return call

    def until(self, seconds):
        """Go on until then; what was to be called in between is called, in order."""
        while due := [call for call in self._calls if not call.cancelled and call.when <= seconds]:
            first = min(due, key=lambda call: call.when)
            self._calls.remove(first)
            self.now_s = max(self.now_s, first.when)
            first.callback(*first.arguments)
        self.now_s = max(self.now_s, seconds)


class Call:
    def __init__(self, when, callback, arguments):
        self.when, self.callback, self.arguments, self.cancelled = when, callback, arguments, False

    def cancel(self):
        self.cancelled = True
