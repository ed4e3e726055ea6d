"""Switchboard: what the desk and the workers say to each other, by way of the parent.

It passes contents on and does not look into them.
"""

import itertools
from collections.abc import Callable

from sidecar.server.children import Child, Children
from sidecar.server.messages import (
    Answer,
    Ask,
    AskAll,
    Members,
    News,
    Standing,
    Told,
)

# Questions whose answers are still to come; those beyond are no longer waited for.
MOST = 1000


class Switchboard:
    def __init__(
        self, children: Children, members: Callable[[], Members], most: int = MOST
    ) -> None:
        self._children = children
        self._most = most
        self._members = members
        self._numbers = itertools.count()
        self._asked: dict[int, int] = {}
        """The desk's number of a question, by ours."""

    def told(self, child: Child, message: Standing | Answer | AskAll) -> None:
        """What a worker or the desk says that is for the others."""
        match message:
            case Standing():
                child.standing = message
                self.news()
            case Answer():
                self._answer(child, message)
            case AskAll():
                self._ask(message)

    def news(self) -> None:
        """Tell the desk how things are."""
        standing = {
            child.name: child.standing
            for child in self._children.serving
            if child.standing is not None
        }
        self._tell(News(self._members(), standing))

    def _ask(self, question: AskAll) -> None:
        number = next(self._numbers)
        self._asked[number] = question.number
        if len(self._asked) > self._most:
            del self._asked[next(iter(self._asked))]
        for child in self._children.serving:
            child.link.send(Ask(number, question.question, question.about))

    def _answer(self, child: Child, answer: Answer) -> None:
        number = self._asked.get(answer.number)
        if number is not None:
            self._tell(Told(number, child.name, answer.content))

    def _tell(self, message: object) -> None:
        if (desk := self._children.desk) is not None:
            desk.link.send(message)
