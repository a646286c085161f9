"""The desk whose web application a request came to. Routes stand at the top of their modules and ask for it: made
inside a function for each application, FastAPI's caches would keep every desk alive that ever was."""

from typing import Annotated

from fastapi import Depends, Request

from bot.compose import Desk


def desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


Here = Annotated[Desk, Depends(desk_of)]
